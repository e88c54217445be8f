"""By which published policy a child is watched: the one that is named, or the one that suits phase, risk and age."""

import asyncio
from datetime import date

from domain import phases
from domain.names import Phase, Risk
from domain.policy import Policy
from store.errors import StoreUnavailable
from store.homes import Home
from web.problems import bad_field
from web.remembered import PATIENCE, Remembered
from web.services import Services


class Plans:
    """Published policies, as the store knows them or knew them last."""

    def __init__(self, services: Services) -> None:
        policies = services.store.policies
        self._by_id: Remembered[str, Policy | None] = Remembered(policies.published)
        self._all: Remembered[str, list[Policy]] = Remembered(lambda _: policies.all_published())

    async def named(self, policy_id: str, home: Home) -> Policy:
        """The published policy of that id, if this home may use it.

        Raises:
            BadInput: it is not published, or for demonstration homes only.
            StoreUnavailable: the store is away, and this was never read.
        """
        policy = await self._by_id.get(policy_id)
        if policy is None:
            raise bad_field("policy_id", "there is no published policy of this id")
        if policy.demonstration and not home.demonstration:
            raise bad_field("policy_id", "this policy is for demonstration homes only")
        return policy

    async def current(self, policy_id: str) -> Policy | None:
        """The published policy of that id, if there is one.

        Raises:
            StoreUnavailable: the store is away, and this was never read.
        """
        return await self._by_id.get(policy_id)

    async def suiting(self, phase: Phase, risk: Risk, *, closer_watch: bool, home: Home) -> Policy:
        """The published policy for such a child; of several, the one that was published last.

        Raises:
            BadInput: none is published.
            StoreUnavailable: the store is away, and they were never read.
        """
        fitting = await self._fitting(phase, risk, closer_watch=closer_watch, home=home)
        if fitting is None:
            column = phases.COLUMNS[phases.column(phase, risk, closer_watch=closer_watch)]
            wanted = " or ".join(f"{one.value}, {grade.value} risk" for one, grade in column)
            raise bad_field("policy_id", f"no published policy suits {wanted}: name one, or publish one")
        return fitting

    async def arrival(self, home: Home) -> Policy | None:
        """The policy that every return begins again with, if one is published and can be read."""
        try:
            return await self._fitting(Phase.ARRIVAL, Risk.HIGH, closer_watch=False, home=home)
        except StoreUnavailable:
            return None

    async def _fitting(self, phase: Phase, risk: Risk, *, closer_watch: bool, home: Home) -> Policy | None:
        published = await self._all.get("")
        usable = (one for one in published if home.demonstration or not one.demonstration)
        return next((one for one in usable if phases.suits(one, phase, risk, closer_watch=closer_watch)), None)


def refuse_too_loose(policy: Policy, phase: Phase, risk: Risk, *, closer_watch: bool) -> None:
    """A plan for children who need less watching is not for this one.

    Raises:
        BadInput: so it is.
    """
    if phases.too_loose(policy, phase, risk, closer_watch=closer_watch):
        because = ", watched more closely (under 12, or dependent on medicine or care)" if closer_watch else ""
        detail = f"this plan is for children who need less watching than {phase.value}, {risk.value} risk{because}"
        raise bad_field("policy_id", detail)


async def refuse_early_handover(services: Services, alias: str, assessed: date | None, today: date) -> None:
    """An episode ends at the 18th birthday, never before; an age that is not known is a child's.

    Raises:
        BadInput: the child is not 18, or nobody knows.
        StoreUnavailable: the store is away.
    """
    async with asyncio.timeout(PATIENCE):
        written = (await services.store.placements.child_details(alias)).get("date_of_birth")
    born = date.fromisoformat(written) if written else assessed
    if born is None:
        detail = "the age is not known, so this is a child: give the date of birth as assessed since"
        raise bad_field("date_of_birth", detail)
    if not phases.is_adult(born, today):
        raise bad_field("ending", "the child is not 18 yet: the search goes on")
