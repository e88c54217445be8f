"""What the providers post to us, signed."""

from fastapi import APIRouter

router = APIRouter(prefix="/webhooks")
