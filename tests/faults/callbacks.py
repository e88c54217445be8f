"""Everything that the providers post, on a tape: to be posted again, in another order, or by somebody else."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag

import httpx
import pytest

from simulator.testing import RunningSimulator
from simulator.webhooks import SENDGRID_TRIES, Answer

FORGED = re.compile(r'goldenhour_webhooks_forged_total\{provider="(\w+)"\} ([0-9.]+)')

LIES = {"MessageStatus": "failed", "CallStatus": "failed", "SmsStatus": "failed", "Digits": "2", "Body": "C"}
"""What a forger says instead: it did not arrive; I cannot; the child is here."""


@dataclass(frozen=True)
class Post:
    """A form of Twilio's, or a batch of SendGrid's events."""

    url: str = ""
    form: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Whom it is about, or from."""
        about = self.form["From"] if self.form.get("SmsStatus") == "received" else self.form.get("To", "")
        return about if self.form else str(self.events[0]["email"])

    @property
    def tries(self) -> int:
        """How often the provider tries it when it is refused."""
        return 1 if self.form else SENDGRID_TRIES

    def as_a_lie(self) -> "Post":
        """The same, saying what a forger would like us to believe."""
        form = {name: LIES.get(name, value) for name, value in self.form.items()}
        return Post(self.url, form, [{**event, "event": "bounce", "status": "5.1.1"} for event in self.events])


class Tape:
    """Takes down every genuine post, and can have each to some addresses preceded by a forged one."""

    def __init__(self, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.posts: list[Post] = []
        self.forged_for: frozenset[str] = frozenset()
        self.forged: list[tuple[Post, int]] = []
        """What was forged, and the status with which it was answered."""
        self._twilio, self._sendgrid = simulator.webhooks.twilio, simulator.webhooks.sendgrid
        monkeypatch.setattr(simulator.webhooks, "twilio", self._take_form)
        monkeypatch.setattr(simulator.webhooks, "sendgrid", self._take_events)

    async def _take_form(self, url: str, form: dict[str, str], *, forged: bool = False) -> Answer:
        await self._taken(Post(url, dict(form)))
        return await self._twilio(url, form, forged=forged)

    async def _take_events(self, events: list[dict[str, Any]], *, forged: bool = False) -> Answer:
        await self._taken(Post(events=list(events)))
        return await self._sendgrid(events, forged=forged)

    async def _taken(self, post: Post) -> None:
        self.posts.append(post)
        if post.address in self.forged_for:
            await self.forge(post)

    async def forge(self, post: Post) -> None:
        """Somebody else posts it, with a lie in it."""
        lie = post.as_a_lie()
        self.forged.append((lie, (await self._post(lie, forged=True)).status))

    async def again(self, post: Post) -> int:
        """The provider itself posts it again, genuinely signed; returns the status."""
        return (await self._post(post, forged=False)).status

    async def _post(self, post: Post, *, forged: bool) -> Answer:
        if post.form:
            # Without the fragment: that asks for more tries, and a refusal is to be counted once.
            return await self._twilio(urldefrag(post.url).url, post.form, forged=forged)
        return await self._sendgrid(post.events, forged=forged)

    def to(self, addresses: frozenset[str]) -> list[Post]:
        """What was posted about these addresses, in its order."""
        return [post for post in self.posts if post.address in addresses]

    @property
    def refusals(self) -> int:
        """How many requests of forgers there were."""
        return sum(post.tries for post, _ in self.forged)


async def forged_as_counted(url: str) -> int:
    """What the web app's own page of numbers says."""
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        text = (await client.get("/metrics")).text
    return sum(int(float(count)) for _, count in FORGED.findall(text))


async def nothing_more_comes(simulator: RunningSimulator, seconds: float = 1.0) -> int:
    """How many messages there are once none has come for a while."""
    count = -1
    while count != (count := len(simulator.messages)):  # noqa: ASYNC110 - it is silence that is waited for
        await asyncio.sleep(seconds)
    return count
