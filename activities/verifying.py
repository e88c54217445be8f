"""Send a code or a link: to whom it goes and what it says is read at that moment, so that nothing of it travels."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain import verification
from domain.addressing import tag
from domain.names import Channel
from notifiers.errors import NotifierError, Undeliverable
from notifiers.interface import Notification
from notifiers.registry import Notifiers
from store.repositories import Store
from store.verifications import Outgoing
from workflows.signatures import VerificationRequest

LONDON = ZoneInfo("Europe/London")


class Verifying:
    """The activity that sends verifications."""

    def __init__(self, store: Store, notifiers: Notifiers, *, public_url: str) -> None:
        self._store = store
        self._notifiers = notifiers
        self._public_url = public_url.rstrip("/")

    @activity.defn(name="send_verification")
    async def send_verification(self, request: VerificationRequest) -> str:
        """Send it once; a later attempt asks the provider first.

        Returns:
            `sent`, `refused` (nothing can be sent there), or `moot` (nobody waits for it any more).

        Raises:
            ApplicationError: nothing was sent, or nobody knows; the workflow tries again until it expires.
            StoreError: it can't be read now; likewise.
        """
        one = await self._store.verifications.outgoing(request.verification_id, datetime.now(UTC))
        if one is None:
            return "moot"
        try:
            await self._send(one)
        except Undeliverable:
            await self._store.verifications.refused(one.id)
            return "refused"
        except NotifierError as error:
            raise ApplicationError(error.reason, type=type(error).__name__) from None
        return "sent"

    async def _send(self, one: Outgoing) -> None:
        notifier = self._notifiers.get(one.channel)
        if notifier is None:
            raise Undeliverable("this installation has no such channel")
        now = datetime.now(UTC)
        notification = self._notification(one, now)
        if activity.info().attempt > 1 and await notifier.find(notification, since=now - verification.CODE_HOLDS):
            return
        await notifier.send(notification)

    def _notification(self, one: Outgoing, now: datetime) -> Notification:
        mark = tag(one.id)
        if one.channel is Channel.EMAIL:
            words = verification.email(f"{self._public_url}/confirm/{one.token}")
        else:
            words = verification.text(one.code, f"{one.expires_at.astimezone(LONDON):%H:%M}", mark)
        return Notification(
            notification_id=one.id,
            address=one.address,
            text=words,
            subject=verification.SUBJECT,
            fingerprint=f"#{mark}",
            valid_for=one.expires_at - now,
            about=verification.CALL if one.channel is Channel.VOICE else "",
        )
