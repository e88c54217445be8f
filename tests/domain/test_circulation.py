"""Circulars to the authorities next door: what they may say, who lets them leave, how long they are chased."""

import dataclasses
from datetime import timedelta

import pytest

from config.policy import built_in
from domain import broadcast, circulating
from domain.circulation import Circular, email, unfit
from domain.circulation_orders import CirculationOrder
from domain.errors import Refused
from domain.exercise import Exercise, Scenario
from domain.messages import Situation, fits_sms, sms
from domain.names import AgeBand, Channel, Ending, Outcome, Response, Risk, Role, Stage, Template
from domain.policy import Policy
from domain.sending import SendStatus
from tests.domain.world import START, World

LOOKS = "Slim, short black hair, grey hooded jacket"
NEIGHBOUR = Role.NEIGHBOURING_AUTHORITY


def missing(policy: str = "arrival-high") -> World:
    """A child who has been reported not here."""
    world = World(built_in()[policy])
    world.check_in(Outcome.NOT_HERE)
    return world


def heard_next_door(world: World) -> list[tuple[int, str]]:
    """In which minutes the neighbour's desk was told, and what."""
    mine = [(one.at, one.template) for one in world.heard if one.person == NEIGHBOUR]
    return [(round((at - START) / timedelta(minutes=1)), template) for at, template in dict.fromkeys(mine)]


# ── what it may say ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_circular_has_no_field_for_anything_else() -> None:
    """By type: no placement, home, name, photo, reason; and nothing by which it could be marked as an exercise."""
    names = {field.name for field in dataclasses.fields(Circular)}

    assert names == {"description", "age_band", "risk", "police_reference", "number_to_ring"}


def test_an_e_mail_says_what_6_6_allows_and_how_to_answer() -> None:
    """Marked at top and bottom; what is not known yet is said to follow."""
    situation = Situation(template=Template.NEIGHBOUR_ALERT, reference="HERON-42", at="21:30", code="4821")
    body = email(situation, Circular(LOOKS, AgeBand.FROM_13_TO_15, Risk.HIGH, ""))

    for words in (LOOKS, "Age: 13 to 15", "Risk: high", "Police reference: not given yet", "101, or 999", "Y 4821"):
        assert words in body
    assert "Do not approach alone: call the police." in body
    assert body.startswith("OFFICIAL-SENSITIVE")
    assert body.rstrip().endswith("OFFICIAL-SENSITIVE")
    assert "21:30" not in body


@pytest.mark.parametrize("template", [one for one in Template if one.value.startswith("neighbour")])
def test_a_text_to_a_duty_phone_is_one_message_and_says_nothing_of_the_child(template: Template) -> None:
    """Rule 8."""
    text = sms(Situation(template=template, reference="WWWWWWWWWW-999", at="21:30", code="9999", tag="WWW"))

    assert fits_sms(text)
    assert not any(word in text.lower() for word in ("child", "young person", "hair", "missing", "police ref"))


@pytest.mark.parametrize(
    "description",
    [
        "a victim of trafficking",
        "seeking asylum",
        "lives in a children's home",
        "in care since May",
        "ring 07700 900123",
        "born 17/04/2011",
        "near LS1 4AP",
        "mail sam@example.org",
    ],
)
def test_a_description_that_says_too_much_is_refused(description: str) -> None:
    """Nothing of why, of where they live, of how they are reached."""
    assert unfit(description)
    assert missing().describes(description, by=Role.POLICE) == "refused: description"


def test_a_description_of_looks_is_fit() -> None:
    """As people write it."""
    assert unfit(LOOKS) is None
    assert unfit("About 160 cm, 2 silver rings, carries a red bag with the number 7") is None


# ── who lets it leave ───────────────────────────────────────────────────────────────────────────────────────────────


def test_at_high_risk_it_leaves_at_its_time_with_what_is_known_and_again_when_more_is() -> None:
    """Approved beforehand: nobody is asked; a description and a police reference go as updates."""
    world = missing()
    world.time_passes(30)
    assert heard_next_door(world) == [(30, "neighbour_alert")]
    (state,) = world.broadcasts.values()
    assert state.order.circular.description == ""
    assert world.describes(LOOKS, AgeBand.FROM_16_TO_17) == "updated"
    assert world.describes(LOOKS) == "unchanged"
    world.time_passes(1)
    world.police_told()

    assert heard_next_door(world) == [(30, "neighbour_alert"), (30, "neighbour_update"), (31, "neighbour_update")]
    circular = world.broadcasts[1, 1].order.circular
    assert (circular.description, circular.age_band, circular.police_reference) == (LOOKS, "16_to_17", "CAD 123")


@pytest.mark.parametrize("by", [Role.ON_CALL_MANAGER, Role.REGISTERED_MANAGER, Role.EMERGENCY_DUTY_TEAM, Role.POLICE])
def test_at_medium_risk_one_approval_lets_it_leave(by: Role) -> None:
    """A manager, the duty team or the police; whoever describes the child decides nothing by that."""
    world = missing("arrival-medium")
    world.time_passes(60)
    assert world.describes(LOOKS, by=Role.SHIFT_LEAD) == "awaits_approval"
    assert heard_next_door(world) == []
    assert world.describes(by=by) == "circulated"
    assert heard_next_door(world) == [(60, "neighbour_alert")]
    assert world.describes("Also a scar on the left hand", by=Role.SOCIAL_WORKER) == "awaits_approval"

    assert heard_next_door(world) == [(60, "neighbour_alert")]


def test_what_nobody_has_described_or_nobody_is_missing_for_is_not_approved() -> None:
    """And a neighbour writes no circular."""
    world = missing("arrival-medium")
    assert world.describes(by=Role.ON_CALL_MANAGER) == "refused: description"
    assert world.describes(LOOKS, by=NEIGHBOUR) == "refused: actor"
    only_overdue = World(built_in()["arrival-medium"])
    only_overdue.time_passes(75)
    assert only_overdue.episode.stage is Stage.OVERDUE
    assert only_overdue.describes(LOOKS, by=Role.ON_CALL_MANAGER) == "refused: episode_id"
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)
    assert world.describes(LOOKS, by=Role.ON_CALL_MANAGER) == "refused: episode_id"


def test_an_exercise_circulates_nothing() -> None:
    """Observers hear its rungs, no broadcast begins, and no order can be made of it."""
    shape = Exercise(scenario=Scenario.NOT_HERE, until=START + timedelta(minutes=90))
    world = World(built_in()["arrival-high"], alias="Exercise-482", exercise=shape)
    world.time_passes(40)
    assert world.episode.rungs
    assert world.broadcasts == {}
    assert {one.person for one in world.heard} & {NEIGHBOUR, Role.VOLUNTARY_SECTOR} == set()
    assert world.describes(LOOKS, by=Role.POLICE) == "refused: placement_id"
    circulating.begin(world.episode, world.now)
    circulation = world.episode.circulations.pop()

    with pytest.raises(Refused):
        circulating.order(world.state, world.episode, circulation)


# ── acknowledged, chased, never silent ──────────────────────────────────────────────────────────────────────────────


def test_a_desk_that_says_nothing_is_chased_at_the_pace_then_every_hour_until_three_days_are_over() -> None:
    """Four times a quarter of an hour apart, then hourly; at 72 hours it is told that it has expired."""
    world = missing()
    world.time_passes(30 + 72 * 60)
    told = heard_next_door(world)
    chases = [minute for minute, template in told if template == "neighbour_chase"]

    assert chases[:6] == [45, 60, 75, 90, 150, 210]
    assert len(chases) == 4 + 70
    assert told[-1] == (30 + 72 * 60, "neighbour_expired")
    world.heard.clear()
    world.time_passes(240)
    assert heard_next_door(world) == []


def test_an_answer_of_a_desk_acknowledges_and_takes_nothing() -> None:
    """Y and N alike: it was seen. The ladder climbs on, and the desk hears no more until it is over."""
    world = missing()
    world.time_passes(31)
    assert world.answer(Response.TAKE, NEIGHBOUR) == "acknowledged"
    assert world.answer(Response.CANNOT, Role.VOLUNTARY_SECTOR) == "acknowledged"
    assert world.episode.owner is None
    world.heard.clear()
    world.time_passes(120)

    assert heard_next_door(world) == []
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)
    assert [template for _, template in heard_next_door(world)] == ["neighbour_cancelled"]
    assert world.answer(Response.TAKE, NEIGHBOUR) == "over"


def test_somebody_records_what_a_desk_has_said_by_telephone() -> None:
    """By the desk's key; one that has no circular is refused."""
    world = missing()
    assert world.desk_says("desk-neighbouring_authority") == "refused: episode_id"
    world.time_passes(31)
    assert world.desk_says("nowhere") == "refused: desk"
    assert world.desk_says("desk-neighbouring_authority") == "acknowledged"
    world.heard.clear()
    world.time_passes(30)

    assert heard_next_door(world) == []


def test_a_desk_that_answers_before_the_broadcast_has_reported_counts_too() -> None:
    """A text is read faster than its provider's answer may come back."""
    world = missing()
    world.time_passes(31)
    (circulation,) = world.episode.circulations
    circulation.people.clear()
    circulation.desks.clear()
    world.answer(Response.TAKE, NEIGHBOUR)
    assert circulation.acknowledged == {}
    world.time_passes(15)  # the desk is told once more, and that is reported

    assert "desk-neighbouring_authority" in circulation.acknowledged


# ── over ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_found_before_its_time_disturbs_nobody_next_door() -> None:
    """No broadcast has begun, and none begins."""
    world = missing()
    world.time_passes(20)
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)
    world.time_passes(60)

    assert heard_next_door(world) == []
    assert world.broadcasts == {}


def test_located_calls_it_back_and_not_back_in_time_sends_a_new_one() -> None:
    """The first one is cancelled; the next has its own number, its own messages, and is chased anew."""
    world = missing()
    world.time_passes(31)
    world.found(Role.SOCIAL_WORKER, back_in=60)
    world.found(Role.ON_CALL_MANAGER, back_in=60)
    world.time_passes(95)

    assert [template for _, template in heard_next_door(world)] == [
        "neighbour_alert",
        "neighbour_cancelled",
        "neighbour_alert",
    ]
    assert sorted(world.broadcasts) == [(1, 1), (1, 2)]
    ids = [one.notification_id for one in world.heard if one.person == NEIGHBOUR]
    assert len(ids) == len(set(ids))


def test_an_episode_that_is_closed_at_once_is_carried_until_everybody_next_door_knows() -> None:
    """The placement does not end, and no later episode pushes it out, before the broadcast has it."""
    world = missing()
    world.time_passes(31)
    world.answering = False
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)
    world.close(Ending.CLOSED_AFTER_RETURN)
    world.check_in(Outcome.NOT_HERE)
    assert [one.number for one in world.state.episodes] == [1, 2]
    world.answering = True
    for circulation in world.state.episodes[0].circulations:
        circulating.taken(world.state.episodes[0], circulation, 0, None, world.now)
    world.time_passes(1)

    assert (31, "neighbour_cancelled") in [(min(minute, 31), template) for minute, template in heard_next_door(world)]
    world.time_passes(20)  # for so long it is heard whether that has arrived
    assert world.state.episodes[0].circulations == []


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_next_door_can_be_reached_is_said_and_the_next_rung_fires() -> None:
    """Rule 3, for circulars too; and it is tried again."""
    world = missing()
    world.contacts = [one for one in world.contacts if not {NEIGHBOUR, Role.VOLUNTARY_SECTOR} & set(one.roles)]
    world.time_passes(31)
    (state,) = world.broadcasts.values()

    assert world.episode.rungs[state_rung(world)].settled
    assert world.said_to(Role.HEAD_OF_SERVICE) != []
    assert state.desks == []


def state_rung(world: World) -> int:
    """The number of the rung that was a circular."""
    return next(
        number
        for number, rung in enumerate(world.episode.policy.rung)
        if rung.template is Template.NEIGHBOUR_ALERT and number in world.episode.rungs
    )


def test_a_provider_that_is_down_is_tried_again_with_the_same_ids_and_then_they_know() -> None:
    """Texts fail for a while: the e-mail has gone, the text follows."""
    world = missing()
    down = True
    world.fate = lambda person, channel: (
        SendStatus.UNAVAILABLE if down and channel is Channel.SMS and person == NEIGHBOUR else SendStatus.ACCEPTED
    )
    world.time_passes(31)
    assert {one.channel for one in world.heard if one.person == NEIGHBOUR} == {Channel.EMAIL}
    down = False
    world.time_passes(10)

    mine = [one for one in world.heard if one.person == NEIGHBOUR]
    assert [(one.channel, one.template) for one in mine] == [
        (Channel.EMAIL, "neighbour_alert"),
        (Channel.SMS, "neighbour_alert"),
    ]


def order(**changes: object) -> CirculationOrder:
    """An order of a placement."""
    base = CirculationOrder(
        alias="Heron-42",
        episode=1,
        number=1,
        home_id="home",
        placing_authority_id="authority",
        timezone="Europe/London",
        since=START,
        revision=1,
        content=1,
        circular=Circular("", AgeBand.UNKNOWN, Risk.HIGH, ""),
        channels=(Channel.SMS,),
        pace=timedelta(minutes=15),
    )
    return base.model_copy(update=changes)


def test_an_older_order_changes_nothing() -> None:
    """Orders may come twice, or overtake each other."""
    state = broadcast.begin(order(revision=3, over=True), START)
    broadcast.take(state, order(revision=2))
    assert state.order.over


@pytest.mark.parametrize("policy", built_in().values(), ids=lambda one: one.id)
def test_every_built_in_policy_either_circulates_or_asks(policy: Policy) -> None:
    """At high risk a circular, at every other a decision; never neither, never both."""
    templates = {rung.template for rung in policy.rung}

    assert (Template.NEIGHBOUR_ALERT in templates) != (Template.NEIGHBOUR_DECISION in templates)
