"""An installation without Temporal: the real app, a real store, and an engine that says what the test tells it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import httpx
from fastapi import FastAPI
from redis.asyncio import Redis

from config.policy import built_in
from config.settings import Settings
from domain.facts import Fact, FactKind
from domain.names import Channel, Phase, Risk, Role, Stage
from domain.requests import Admission, DeliveryFailed, Reply, Request
from domain.sending import AlertRequest
from domain.snapshot import EpisodeSnapshot, Snapshot
from engine.errors import NoSuchPlacement, Unreachable
from engine.facade import Engine
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from store.repositories import Store
from web.app import create_app
from web.services import Services

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
BOOTSTRAP = "bootstrap-token-of-the-tests"
AUTH_TOKEN, NEXT_TOKEN = "the-token-of-today", "the-token-of-tomorrow"
PUBLIC = "https://alerts.example.org"

PHONE, KEY_PHONE, DUTY_PHONE = "+447700900101", "+447700900102", "+447700900103"


def environment(public_key: str = "made-up") -> dict[str, str]:
    """The settings of the tests, but for database and keys."""
    return {
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_AUTH_TOKEN_NEXT": NEXT_TOKEN,
        "TWILIO_FROM_NUMBER": "+447700900000",
        "TWILIO_API_BASE_URL": "http://127.0.0.1:8010",
        "SENDGRID_API_KEY": "SG.made-up",
        "SENDGRID_FROM_EMAIL": "alerts@goldenhour.example",
        "SENDGRID_API_BASE_URL": "http://127.0.0.1:8010",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": public_key,
        "GOLDENHOUR_PUBLIC_URL": PUBLIC,
        "GOLDENHOUR_BOOTSTRAP_TOKEN": BOOTSTRAP,
    }


@dataclass
class ScriptedEngine:
    """Answers as the test says, the same request with the same answer."""

    now: datetime = NOW
    reply: Reply = field(default_factory=lambda: Reply(outcome="done", next_due_at=NOW + timedelta(minutes=30)))
    fails: Exception | None = None
    """Raised instead of an answer."""
    asked: list[tuple[str, str, Request]] = field(default_factory=list)
    """Alias, update and request of everything that was taken, once for each request id."""
    failures: list[DeliveryFailed] = field(default_factory=list)
    notices: list[AlertRequest] = field(default_factory=list)
    notice_ids: list[str] = field(default_factory=list)
    verifications: dict[str, timedelta] = field(default_factory=dict)
    given: dict[str, Reply] = field(default_factory=dict)

    def clock(self) -> datetime:
        """The time of the test."""
        return self.now

    async def admit(self, admission: Admission) -> Reply:
        """As the façade."""
        snapshot = Snapshot(
            alias=admission.alias, as_of_fact=1, as_of=self.now, phase=Phase.ARRIVAL, risk=admission.risk
        )
        fact = Fact(n=1, kind=FactKind.PLACEMENT_STARTED, at=admission.arrived_at, recorded_at=self.now)
        self.reply = self.reply.model_copy(update={"facts": [fact], "snapshot": snapshot})
        return await self.ask(admission.alias, "admit", admission)

    async def ask(self, alias: str, update: str, request: Request) -> Reply:
        """As the façade."""
        if self.fails is not None:
            raise self.fails
        if request.request_id not in self.given:
            self.asked.append((alias, update, request))
            self.given[request.request_id] = self.reply
        return self.given[request.request_id]

    async def look(self, alias: str) -> Snapshot:
        """As the façade: it knows whom it has been asked to admit."""
        if self.fails is not None:
            raise self.fails
        if (alias, "admit") not in [(one, update) for one, update, _ in self.asked]:
            raise NoSuchPlacement(alias)
        return Snapshot(alias=alias, as_of_fact=1, as_of=self.now, phase=Phase.ARRIVAL, risk=Risk.HIGH)

    async def tell_message_failed(self, alias: str, failed: DeliveryFailed) -> None:
        """As the façade."""
        del alias
        if self.fails is not None:
            raise self.fails
        self.failures.append(failed)

    async def notify(self, notice_id: str, request: AlertRequest) -> None:
        """As the façade: one of an id is sent once."""
        if self.fails is not None:
            raise self.fails
        if notice_id not in self.notice_ids:
            self.notice_ids.append(notice_id)
            self.notices.append(request)

    async def verify(self, verification_id: str, *, patience: timedelta) -> None:
        """As the façade."""
        if self.fails is not None:
            raise self.fails
        if verification_id not in self.verifications:
            self.verifications[verification_id] = patience

    async def is_reachable(self) -> bool:
        """As the façade."""
        return not isinstance(self.fails, Unreachable)


@dataclass
class Directory:
    """Who and what there is."""

    placing: str
    host: str
    home: str
    real_home: str
    shift_lead: str
    key_worker: str
    manager: str
    neighbour: str
    stranger: str
    """Works at the other home."""


@dataclass
class Installation:
    """The app, and the hands of a test on all that is behind it."""

    app: FastAPI
    client: httpx.AsyncClient
    store: Store
    engine: ScriptedEngine
    directory: Directory
    services: Services
    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, person_id: str | None) -> str:
        """A token of that person; None: of the installation."""
        name = person_id or "installation"
        if name not in self.tokens:
            self.tokens[name] = await self.store.tokens.create(person_id, "test", by="test")
        return self.tokens[name]

    async def send(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        by: str | None = None,
        key: str | None = None,
        **more: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        """A request by that person (the bootstrap token if none is named), with a new key unless one is given."""
        token = BOOTSTRAP if by is None else by if by.startswith("gh") else await self.token(by)
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        if method == "POST":
            headers.setdefault("Idempotency-Key", key or str(uuid4()))
        if json is not None:
            more["json"] = json
        return await self.client.request(method, path, headers=headers, **more)

    async def admit(self, **changes: object) -> str:
        """A child enters care at the demonstration home; returns the alias."""
        answer = await self.send("POST", "/api/v1/placements", self.admission(**changes), by=self.directory.shift_lead)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["placement_id"])

    def admission(self, **changes: object) -> dict[str, object]:
        """The body of an admission."""
        body: dict[str, object] = {
            "home_id": self.directory.home,
            "placing_authority_id": self.directory.placing,
            "policy_id": "demonstration",
        }
        return body | changes

    async def open_episode(self, alias: str, number: int = 1, *, stage: Stage = Stage.OVERDUE) -> str:
        """Let the engine have said that an episode is open; returns its id."""
        episode = EpisodeSnapshot(number=number, stage=stage, began_at=self.engine.now)
        snapshot = Snapshot(
            alias=alias,
            as_of_fact=number + 1,
            as_of=self.engine.now,
            phase=Phase.ARRIVAL,
            risk=Risk.HIGH,
            episodes=[episode],
        )
        fact = Fact(
            n=number + 1,
            kind=FactKind.EPISODE_OPENED,
            at=self.engine.now,
            recorded_at=self.engine.now,
            episode=number,
            data={"stage": stage.value},
        )
        await self.store.facts.insert(alias, [fact], snapshot)
        return f"{alias}-{number}"


async def people(store: Store) -> Directory:
    """Two homes, their authorities, and five people."""
    directory = store.directory
    force = await directory.create_authority(Authority("Northshire Police", "police_force"))
    placing = await directory.create_authority(Authority("Eastshire", "local_authority"))
    next_door = await directory.create_authority(Authority("Westshire", "local_authority"))
    host = await directory.create_authority(
        Authority("Northshire", "local_authority", police_id=force.id, neighbours=(next_door.id,))
    )
    home = await directory.create_home(Home("D1", "The Elms", host.id, demonstration=True))
    real_home = await directory.create_home(Home("R1", "The Oaks", host.id))

    async def person(name: str, role: Role, phone: str, **place: str) -> str:
        contacts = (
            PersonContact(Channel.SMS, phone),
            PersonContact(Channel.EMAIL, f"{name.split(maxsplit=1)[0].lower()}@example.org"),
        )
        made = await directory.create_person(Person(name, (HeldRole(role, **place),), contacts))
        return made.id

    return Directory(
        placing=placing.id,
        host=host.id,
        home=home.id,
        real_home=real_home.id,
        shift_lead=await person("Sam Reed", Role.SHIFT_LEAD, PHONE, home_id=home.id),
        key_worker=await person("Kit Vale", Role.KEY_WORKER, KEY_PHONE, home_id=home.id),
        manager=await person("Mo Lind", Role.REGISTERED_MANAGER, "+447700900104", home_id=home.id),
        neighbour=await person("Ola Berg", Role.HOST_AUTHORITY, DUTY_PHONE, authority_id=next_door.id),
        stranger=await person("Una Holt", Role.SHIFT_LEAD, "+447700900105", home_id=real_home.id),
    )


async def publish_policies(store: Store) -> None:
    """The policies that come with Golden Hour, published."""
    for policy in built_in().values():
        version = await store.policies.save_draft(policy, "", "somebody")
        await store.policies.publish(policy.id, version, "another", alone_allowed=True)


def install(settings: Settings, store: Store, directory: Directory) -> Installation:
    """The app on these parts, for a client that comes from another machine."""
    engine = ScriptedEngine()
    services = Services(
        settings=settings,
        keys=settings.key_ring,
        store=store,
        engine=cast("Engine", engine),
        redis=Redis.from_url(settings.redis_url),
        clock=engine.clock,
    )
    app = create_app(services)
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 4821), raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://testserver")
    return Installation(app, client, store, engine, directory, services)
