"""A call that tells a code. The code is made when a person has answered: it stands in no address and no store."""

import re

from domain import verification
from store.errors import StoreError
from web.services import Services
from web.webhooks import twiml

PATIENCE = 2.0
"""Seconds that the store may keep somebody waiting for the first word."""

OVER = "This is Golden Hour. This code has expired, or was used. Ask for another one."

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


async def told(services: Services, fields: dict[str, str]) -> str | None:
    """What such a call says; None: it is another call. A machine hears nothing."""
    verification_id = fields.get("n", "")
    if fields.get("s") != verification.CALL or not _UUID.fullmatch(verification_id):
        return None
    if fields.get("AnsweredBy", "").startswith(("machine", "fax")):
        return twiml.silence()
    try:
        one = await services.store.verifications.outgoing(verification_id, services.clock(), timeout=PATIENCE)
    except StoreError:
        one = None
    return twiml.twice(verification.script(one.code)) if one is not None else twiml.once(OVER)
