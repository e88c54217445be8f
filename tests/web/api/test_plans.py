"""By which plan a child is watched: chosen by phase, risk and age, and moved on by two named people."""

from typing import Any

import pytest
from sqlalchemy import update

from config.policy import built_in
from domain.names import Phase, Risk, Role
from domain.requests import Admission, PlanChange, Reply
from domain.snapshot import Snapshot
from store.directory import HeldRole, Person
from store.tables import policies
from tests.web.api.installation import NOW, Installation


async def somebody(here: Installation, role: Role) -> str:
    """A person with this role at the home, or at the placing authority."""
    at_home = role in (Role.REGISTERED_MANAGER, Role.SHIFT_LEAD)
    place = {"home_id": here.directory.home} if at_home else {"authority_id": here.directory.placing}
    return (await here.store.directory.create_person(Person(name="N", roles=(HeldRole(role, **place),)))).id


async def admitted(here: Installation, **changes: Any) -> Admission:  # noqa: ANN401 - any body
    """What the engine was asked for a child like this."""
    await here.admit(**({"policy_id": None} | changes))
    admission = here.engine.asked[-1][2]
    assert isinstance(admission, Admission)
    return admission


def policy_of(text: str | None) -> str:
    """The id in a policy's text."""
    return (text or "").split('"')[3] if text else ""


@pytest.mark.parametrize(
    ("changes", "expected", "closer"),
    [
        ({}, "arrival-high", False),
        ({"risk": "medium"}, "arrival-medium", False),
        ({"risk": "medium", "child": {"date_of_birth": "2011-04-17"}}, "arrival-medium", False),
        ({"risk": "medium", "child": {"date_of_birth": "2015-04-17"}}, "arrival-high", True),
        ({"risk": "medium", "child": {"medical_dependency": True}}, "arrival-high", True),
    ],
    ids=["high", "medium", "medium and fifteen", "medium and eleven", "medium and dependent"],
)
async def test_a_child_who_arrives_gets_the_plan_that_suits(
    here: Installation,
    changes: dict[str, Any],
    expected: str,
    closer: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Under 12 or medical dependency: one ladder closer."""
    admission = await admitted(here, **changes)
    assert policy_of(admission.policy_text) == expected
    assert admission.closer_watch is closer
    assert policy_of(admission.arrival_policy_text or admission.policy_text) == "arrival-high"


async def test_an_age_that_is_not_known_is_a_childs_and_is_said_so(here: Installation) -> None:
    """Modern Slavery Act 2015, section 51."""
    assert (await admitted(here)).age_known is False
    assert (await admitted(here, child={"date_of_birth": "2010-01-01"})).age_known is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"child": {"date_of_birth": "2008-11-22"}}, "child.date_of_birth"),
        ({"child": {"date_of_birth": "2026-11-23"}}, "child.date_of_birth"),
        ({"child": {"date_of_birth": "about 15"}}, "child.date_of_birth"),
        ({"policy_id": "settled-medium"}, "policy_id"),
        ({"policy_id": "arrival-medium", "risk": "medium", "child": {"medical_dependency": True}}, "policy_id"),
        ({"phase": "settling"}, "phase"),
        ({"phase": "settling", "arrived_at": "2026-11-01T12:00:00Z"}, "second_person"),
        ({"phase": "settled", "arrived_at": "2026-11-01T12:00:00Z"}, "phase"),
    ],
)
async def test_what_would_watch_a_child_too_little_is_refused(
    here: Installation, changes: dict[str, Any], field: str
) -> None:
    """Each names its field, and nothing is half done."""
    body = here.admission(**({"policy_id": None} | changes))
    answer = await here.send("POST", "/api/v1/placements", body, by=here.directory.shift_lead)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not here.engine.asked


async def test_without_a_fitting_plan_the_admission_says_which_is_missing(here: Installation) -> None:
    """A manager can name another, or publish one."""
    database = here.store.policies._database  # noqa: SLF001 - nobody takes a policy back but by hand
    async with database.transaction() as connection:
        await connection.execute(update(policies).where(policies.c.id == "arrival-medium").values(published_at=None))
    body = here.admission(policy_id=None, risk="medium")
    answer = await here.send("POST", "/api/v1/placements", body, by=here.directory.shift_lead)
    assert answer.status_code == 422
    assert "no published policy suits arrival, medium risk" in answer.json()["detail"]


async def test_a_child_who_has_lived_here_for_long_may_be_entered_as_settling_by_two(here: Installation) -> None:
    """Coming into this system is not coming into care."""
    worker, manager = await somebody(here, Role.SOCIAL_WORKER), await somebody(here, Role.REGISTERED_MANAGER)
    body = here.admission(policy_id=None, phase="settling", arrived_at="2026-11-01T12:00:00Z", second_person=worker)
    answer = await here.send("POST", "/api/v1/placements", body, by=manager)
    assert answer.status_code == 201, answer.text
    admission = here.engine.asked[-1][2]
    assert isinstance(admission, Admission)
    assert (policy_of(admission.policy_text), policy_of(admission.arrival_policy_text)) == (
        "arrival-medium",
        "arrival-high",
    )


async def test_whoever_belongs_to_both_sides_still_signs_but_once(here: Installation) -> None:
    """A manager who also does duty for the placing authority is one person."""
    at_home = HeldRole(Role.REGISTERED_MANAGER, home_id=here.directory.home)
    at_authority = HeldRole(Role.SOCIAL_WORKER, authority_id=here.directory.placing)
    both = (await here.store.directory.create_person(Person(name="N", roles=(at_home, at_authority)))).id
    body = here.admission(policy_id=None, phase="settling", arrived_at="2026-11-01T12:00:00Z", second_person=both)
    answer = await here.send("POST", "/api/v1/placements", body, by=both)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["second_person"]
    assert not here.engine.asked


async def test_a_neighbouring_areas_desk_does_not_sign_that_a_child_is_watched_less(here: Installation) -> None:
    """It is told and it answers; the child's plan is not its own."""
    heron = await here.admit(policy_id=None)
    await now_watched(here, heron, "arrival-high")
    asked = len(here.engine.asked)
    role = HeldRole(Role.POLICE, authority_id=(await here.store.directory.home(here.directory.home)).authority_id)
    desk = (await here.store.directory.create_person(Person(name="N", roles=(role,)))).id
    body = {"risk": "medium", "reason": "Review", "second_person": desk}
    answer = await here.send("POST", f"/api/v1/placements/{heron}/plan", body, by=here.directory.shift_lead)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["second_person"]
    assert len(here.engine.asked) == asked


async def now_watched(here: Installation, alias: str, policy_id: str, *, closer_watch: bool = False) -> None:
    """Let the engine have said how the child is watched."""
    snapshot = Snapshot(
        alias=alias,
        as_of_fact=2,
        as_of=NOW,
        phase=Phase.ARRIVAL,
        risk=Risk.HIGH,
        policy_id=policy_id,
        closer_watch=closer_watch,
    )
    await here.store.facts.insert(alias, [], snapshot)


async def changed(here: Installation, alias: str, body: dict[str, Any], by: str) -> PlanChange:
    """What the engine was asked for this change of plan."""
    here.engine.reply = Reply(outcome="changed")
    answer = await here.send("POST", f"/api/v1/placements/{alias}/plan", {"reason": "Review"} | body, by=by)
    assert answer.status_code == 200, answer.text
    change = here.engine.asked[-1][2]
    assert isinstance(change, PlanChange)
    return change


async def test_moving_on_takes_the_fitting_plan_along_and_says_what_both_signers_are(here: Installation) -> None:
    """The engine judges who may sign; it asks no store."""
    heron = await here.admit(policy_id=None)
    await now_watched(here, heron, "arrival-high")
    worker, manager = await somebody(here, Role.SOCIAL_WORKER), await somebody(here, Role.REGISTERED_MANAGER)
    change = await changed(here, heron, {"phase": "settling", "second_person": worker}, manager)
    assert policy_of(change.policy_text) == "arrival-medium"
    assert policy_of(change.arrival_policy_text) == "arrival-high"
    assert (change.actor_roles, change.second_roles) == ((Role.REGISTERED_MANAGER,), (Role.SOCIAL_WORKER,))


async def test_a_closer_watch_stays_when_the_phase_changes(here: Installation) -> None:
    """One column left, in every phase."""
    heron = await here.admit(policy_id=None, child={"medical_dependency": True})
    await now_watched(here, heron, "arrival-high", closer_watch=True)
    change = await changed(here, heron, {"phase": "settling"}, here.directory.shift_lead)
    assert policy_of(change.policy_text) == "arrival-high"


async def test_a_plan_of_their_own_stays_until_another_is_named(here: Installation) -> None:
    """The demonstration's, or a partnership's, written for no phase."""
    heron = await here.admit()
    await now_watched(here, heron, "demonstration")
    change = await changed(here, heron, {"phase": "settling"}, here.directory.shift_lead)
    assert change.policy_text is None


async def test_an_episode_is_not_handed_to_an_adult_service_before_the_18th_birthday(here: Installation) -> None:
    """And an age that is not known is a child's until it has been assessed."""
    body = {"ending": "adult_handover", "reason": "18 today", "handover_to": "Adult services"}
    for child, more, field in (
        ({"date_of_birth": "2008-11-23"}, {}, "ending"),
        ({}, {}, "date_of_birth"),
        ({}, {"date_of_birth": "2009-01-01"}, "ending"),
        ({}, {"date_of_birth": "2008-01-01"}, None),
    ):
        heron = await here.admit(policy_id=None, child=child)
        episode = await here.open_episode(heron)
        path = f"/api/v1/episodes/{episode}/close"
        answer = await here.send("POST", path, body | more, by=here.directory.shift_lead)
        if field is None:
            assert answer.status_code == 200, answer.text
        else:
            assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_the_plan_published_last_is_the_one_that_is_taken(here: Installation) -> None:
    """A partnership's own plan for arrival, published after the built-in one."""
    own = built_in()["arrival-high"].model_copy(update={"id": "borough-arrival"})
    version = await here.store.policies.save_draft(own, "", "test")
    await here.store.policies.publish("borough-arrival", version, "test", alone_allowed=True)
    assert policy_of((await admitted(here)).policy_text) == "borough-arrival"


async def test_without_a_plan_for_arrival_the_admission_says_what_a_return_will_not_do(here: Installation) -> None:
    """Said on the first day, not found out on the first return."""
    database = here.store.policies._database  # noqa: SLF001 - nobody takes a policy back but by hand
    async with database.transaction() as connection:
        await connection.execute(update(policies).where(policies.c.id == "arrival-high").values(published_at=None))
    answer = await here.send("POST", "/api/v1/placements", here.admission(), by=here.directory.shift_lead)
    assert answer.status_code == 201
    assert "after a return the child keeps the present one" in answer.json()["warnings"][0]
