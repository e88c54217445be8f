"""STOP and START: the carrier acts on them and answers them; we keep them, and tell the person's manager."""

import structlog

from domain import consent
from domain.consent import Wish
from domain.facts import Actor, FactKind
from store.errors import StoreError
from web import news
from web.services import Services
from web.webhooks.texts import Text

log = structlog.get_logger()

FACTS = {Wish.STOP: FactKind.TEXTS_STOPPED, Wish.START: FactKind.TEXTS_STARTED}


class Wishes:
    """Whether a phone is to be texted, as its owner wishes."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def heard(self, message: Text) -> bool:
        """Keep what a text tells the carrier.

        With the store away it is not kept, and nothing is lost: a text to a phone that has sent STOP is refused, and
        the refusal says the same; a START is seen when the next one comes, or by hand.

        Returns:
            Whether the text was for the carrier alone: then it is answered by nobody else.
        """
        wish = consent.wish(message.body, message.opt_out_type)
        if wish is not None:
            try:
                await self._keep(wish, message)
            except StoreError as error:
                log.warning("a wish about texts could not be kept", wish=wish, error=type(error).__name__)
        return consent.is_for_the_carrier_alone(message.body, message.opt_out_type)

    async def _keep(self, wish: Wish, message: Text) -> None:
        store, now = self._services.store, self._services.clock()
        change = store.directory.stop_texts if wish is Wish.STOP else store.directory.start_texts
        person_ids = await change(message.sender, now)
        if not person_ids:
            return
        # In the record of each child about whom this phone has been alerted: texts about them end, or come, from now.
        for alias, episode in dict.fromkeys(
            (code.alias, code.episode) for code in await store.notifications.open_codes(message.sender)
        ):
            actor = Actor(person_id=person_ids[0], via="sms")
            await store.facts.insert_web(alias, FACTS[wish], now, actor, {"channel": "sms"}, episode=episode)
        await news.tell_soon(self._services)
