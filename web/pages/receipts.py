"""What a person is told after they have recorded something: that it is done, or that it is kept and not done yet.

A receipt waits in a cookie for the page that follows, marked by the session that it belongs to.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from fastapi import Request
from starlette.responses import Response

from domain.names import Outcome
from domain.requests import Reply
from domain.story import LONDON, OUTCOMES
from web import replies
from web.acts import Queued
from web.pages.visitors import Visitor
from web.replies import Telling

COOKIE = "goldenhour_receipt"
_SECONDS = 60

QUEUED_TEXT = (
    "Golden Hour's engine does not answer at the moment. What you recorded is kept, and will be delivered in order as "
    "soon as it answers; you need not enter it again. If you are worried about the child now, use the telephone."
)

ALARMING = frozenset(
    {
        "reported_not_here",
        "alarm_goes_on",
        "needs_seeing",
        "awaits_second_person",
        "missing",
        "escalated",
        "moved_on",
        "moved_on_before",
        "needs_second_person",
        "taken_more_wanted",
        "reopened",
    }
)
"""Outcomes after which the alarm is on."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is shown at the top of the next page."""

    title: str
    text: str = ""
    tone: str = "done"
    """`done`, `queued` or `alarm`."""
    alias: str = ""
    link: str = ""
    """A path to read on, if there is one."""

    def leave(self, response: Response, visitor: Visitor) -> None:
        """Let the next page of this session show it."""
        content = base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()
        mark = visitor.sign(f"receipt {content}")
        response.set_cookie(COOKIE, f"{content}.{mark}", max_age=_SECONDS, httponly=True, samesite="lax", path="/")

    def adding(self, warnings: Sequence[str]) -> "Receipt":
        """The same with warnings after it."""
        return replace(self, text=" ".join([self.text, *warnings]))

    @staticmethod
    def forget(response: Response) -> None:
        """It has been shown."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", path="/")


def take_receipt(request: Request, visitor: Visitor) -> Receipt | None:
    """The receipt that waits for this session; what bears another mark is nobody's."""
    content, _, mark = request.cookies.get(COOKIE, "").partition(".")
    if not content or not hmac.compare_digest(visitor.sign(f"receipt {content}").encode(), mark.encode()):
        return None
    try:
        return Receipt(**json.loads(base64.urlsafe_b64decode(content)))
    except (ValueError, TypeError):
        return None


def of_check_in(alias: str, outcome: Outcome, answer: Reply | Queued, now: datetime) -> Receipt:
    """After a check: what was found stands first."""
    return of_reply(alias, "check_in", answer, now, what=OUTCOMES[outcome])


def of_reply(alias: str, update: str, answer: Reply | Queued, now: datetime, *, what: str = "") -> Receipt:
    """After any act.

    Args:
        alias: the child it was about.
        update: what was asked, by its name in web.acts.UPDATES.
        answer: what the engine answered, if it did.
        now: the time of day (UTC).
        what: what was recorded, in a few words.
    """
    name = f"{alias}: {what}" if what else alias
    if isinstance(answer, Queued):
        return Receipt(f"{name}. Queued: kept, not done yet.", QUEUED_TEXT, tone="queued", alias=alias)
    text = replies.sentence(update, answer, Telling(LONDON, now))
    tone = "alarm" if answer.outcome in ALARMING else "done"
    link = f"/episodes/{alias}-{answer.episode}" if answer.episode else ""
    return Receipt(name, text, tone=tone, alias=alias, link=link)
