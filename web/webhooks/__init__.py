"""What the providers post to us, signed. A forged post changes nothing and is counted."""

from fastapi import APIRouter

from web.webhooks import sendgrid, twilio, voice

router = APIRouter(prefix="/webhooks", tags=["webhooks"], include_in_schema=False)
router.include_router(twilio.router)
router.include_router(voice.router)
router.include_router(sendgrid.router)
