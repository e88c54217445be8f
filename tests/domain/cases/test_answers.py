"""What people answer: C40 to C50 of the behaviour cases, where the rules alone can tell them."""

from datetime import timedelta

import pytest

from domain import addressing, answers
from domain.errors import Refused
from domain.facts import Fact, FactKind
from domain.names import Ending, Outcome, Response, Role
from domain.policy import Lease
from domain.replies import Parsed, ReplyKind, parse
from domain.requests import Answer
from domain.sending import SendStatus
from tests.domain.cases.night import kinds, ladder_of, minutes, rung, takes_policy, told
from tests.domain.world import World, all_arrive

DAY = 24 * 60


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("ack1984", ReplyKind.TAKE, "1984"),
        ("ack1984      ", ReplyKind.TAKE, "1984"),
        ("a", ReplyKind.TAKE, None),
        ("ack198", ReplyKind.UNCLEAR, None),
        ("'1c'", ReplyKind.UNCLEAR, None),
        ("1 a", ReplyKind.UNCLEAR, None),
        ("close 4", ReplyKind.UNCLEAR, None),
        ("close 4821", ReplyKind.UNCLEAR, "4821"),
        ("100aa", ReplyKind.UNCLEAR, None),
    ],
)
def test_a_peers_words_take_at_most_and_never_close(text: str, kind: ReplyKind, code: str | None) -> None:
    """C40: our codes have four digits, nothing is guessed at, and rule 6: no text ends an alarm."""
    assert parse(text) == Parsed(kind, code)


def test_a_phone_has_another_code_for_another_child_and_for_another_episode() -> None:
    """C42: a code belongs to a phone and an episode; the same text on another phone is another code."""
    phones, children = [f"+4477009{number:05}" for number in range(20)], ["Heron-42", "Otter-17"]
    codes = {(phone, alias): addressing.reply_code(phone, alias, 1) for phone in phones for alias in children}

    assert all(len(code) == 4 and code.isdecimal() for code in codes.values())
    assert len(set(codes.values())) > 30
    assert addressing.reply_code(phones[0], children[0], 2) != codes[phones[0], children[0]]
    assert addressing.reply_code(phones[0], children[0], 1) == codes[phones[0], children[0]]


def test_a_second_answer_is_recorded_and_changes_nothing(world: World, record: list[Fact]) -> None:
    """C47: one person has it in hand; the other is told who, and it is in the record."""
    world.time_passes(41)
    assert world.answer(Response.TAKE, Role.SHIFT_LEAD) == "taken"
    assert world.answer(Response.TAKE, Role.KEY_WORKER) == "taken_by_other"
    assert world.episode.owner is not None
    assert world.episode.owner.actor.person_id == "shift_lead"

    assert told(record, FactKind.TAKE_REFUSED) == ["(key_worker) wanted to take this; somebody else has it."]
    assert world.answer(Response.CANNOT, Role.KEY_WORKER) == "noted", "nor does it end somebody else's lease"
    assert world.said_to(Role.REGISTERED_MANAGER) == []


def test_taking_the_first_rung_does_not_mute_the_one_that_calls_the_police(world: World) -> None:
    """C47: a peer's acknowledgement is personal. Rule 3: ours is a lease for all, and none delays the police rung."""
    world.time_passes(36)
    for _ in range(3):
        world.answer(Response.TAKE)
        world.answer(Response.EXTEND)
        world.time_passes(8)
    assert world.now < world.state.arrived_at + timedelta(minutes=61)
    world.time_passes(1)

    assert minutes(world, Role.ON_CALL_MANAGER, "call_the_police") == [60]
    assert world.episode.owner is not None, "and it takes the episode out of nobody's hands"
    assert world.episode.owner.actor.person_id == "shift_lead"


def test_the_end_of_an_episode_cancels_all_that_was_to_come(world: World) -> None:
    """C47: seen, and for a whole day of good checks nobody hears anything but that it is over."""
    world.time_passes(41)
    world.answer(Response.TAKE)
    world.check_in()
    world.heard.clear()
    for _ in range(48):
        world.time_passes(29)
        world.check_in()

    assert world.heard == []


def test_a_lease_that_was_passed_on_ends_once_and_at_its_own_time(world: World, record: list[Fact]) -> None:
    """C48: the first one's end is stale and changes nothing; at the second one's the ladder climbs, and once."""
    world.time_passes(35)
    world.answer(Response.TAKE)
    world.time_passes(5)
    world.answer(Response.HAND_OVER, to="key_worker")
    assert world.answer(Response.TAKE, Role.KEY_WORKER) == "taken"
    world.time_passes(9.9)
    assert kinds(record, FactKind.LEASE_ENDED) == []
    assert world.said_to(Role.REGISTERED_MANAGER) == []
    world.time_passes(0.2)

    assert kinds(record, FactKind.LEASE_ENDED) == [FactKind.LEASE_ENDED]
    assert minutes(world, Role.REGISTERED_MANAGER) == [50]


def test_more_time_is_given_for_a_reason_and_twice_at_most(world: World) -> None:
    """C48: who confirms that they are at it has until then, and not for ever."""
    late = ladder_of(rung(5, Role.SHIFT_LEAD), rung(6, Role.KEY_WORKER), rung(60, Role.ON_CALL_MANAGER, police=True))
    world = World(late)
    world.time_passes(35)
    world.answer(Response.TAKE)
    assert world.answer(Response.EXTEND, reason=" ") == "refused: reason"
    assert world.answer(Response.EXTEND, Role.KEY_WORKER) == "refused: kind"
    assert [world.answer(Response.EXTEND) for _ in range(3)] == ["extended", "extended", "refused: kind"]
    world.time_passes(31)

    assert minutes(world, Role.KEY_WORKER) == [65]


def test_who_takes_it_keeps_back_the_people_who_were_to_be_told_at_once(world: World) -> None:
    """C49: an empty rung has called the next people for the coming minute, and somebody takes it before that."""
    empty = {Role.SHIFT_LEAD, Role.KEY_WORKER, Role.ON_CALL_MANAGER}
    world.contacts = [one for one in world.contacts if not empty & set(one.roles)]
    world.time_passes(35.5)
    assert world.episode.pulled_at == world.state.arrived_at + timedelta(minutes=36)
    assert world.answer(Response.TAKE, Role.KEY_WORKER) == "taken"
    world.time_passes(9.9)

    assert world.heard == []
    world.time_passes(0.2)
    assert minutes(world, Role.REGISTERED_MANAGER) == [45.5]


def test_who_takes_it_keeps_back_what_is_being_tried_again_until_the_lease_ends() -> None:
    """C49: the key worker's phone and mailbox fail for a moment; they are not woken for what is in hand."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD, Role.KEY_WORKER), rung(60, Role.ON_CALL_MANAGER)))
    world.fate = lambda person, _: SendStatus.UNAVAILABLE if person == Role.KEY_WORKER else SendStatus.ACCEPTED
    world.time_passes(36)
    assert world.answer(Response.TAKE, Role.SHIFT_LEAD) == "taken"
    world.fate = all_arrive
    world.time_passes(9.9)
    assert minutes(world, Role.KEY_WORKER) == []

    world.time_passes(0.2)
    assert minutes(world, Role.KEY_WORKER) == [46], "the lease has ended: now it is theirs as well"


def test_no_lease_keeps_back_what_is_tried_again_of_the_police_rung() -> None:
    """C49: it is the one message that waits for nobody's lease."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD), rung(6, Role.KEY_WORKER, police=True)))
    world.fate = lambda person, _: SendStatus.UNAVAILABLE if person == Role.KEY_WORKER else SendStatus.ACCEPTED
    world.time_passes(35.5)
    assert world.answer(Response.TAKE, Role.SHIFT_LEAD) == "taken"
    world.time_passes(1)
    assert minutes(world, Role.KEY_WORKER) == []
    world.fate = all_arrive
    world.time_passes(1)

    assert minutes(world, Role.KEY_WORKER) != []


def test_an_episode_that_somebody_had_taken_pages_nobody_months_after_it_was_closed(world: World) -> None:
    """C49: neither its lease nor its rungs nor its reviews outlive it."""
    world.check_in(Outcome.NOT_HERE)
    world.answer(Response.TAKE)
    world.police_told()
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)
    assert world.close(Ending.CLOSED_AFTER_RETURN) == "closed"
    world.heard.clear()
    for _ in range(3):
        world.absence(14 * DAY)
        world.time_passes(14 * DAY - 1)
        world.check_in()

    assert world.heard == []


def test_an_answer_to_an_episode_that_is_not_there_changes_nothing(world: World, record: list[Fact]) -> None:
    """C50: refused in one line, and neither the state nor the record knows of it."""
    world.time_passes(36)
    before, noted = world.state.model_dump_json(), len(record)
    stray = Answer(
        request_id="a-stray-answer",
        actor=world.actor(Role.KEY_WORKER),
        received_at=world.now,
        episode=7,
        kind=Response.TAKE,
    )
    with pytest.raises(Refused) as refusal:
        answers.answer(world.state, stray, world.now)

    assert refusal.value.field == "episode_id"
    assert world.state.model_dump_json() == before
    assert len(record) == noted


def test_an_answer_after_the_end_is_told_that_it_is_over_and_wakes_nothing(world: World) -> None:
    """C50: the text is old, the child is seen: no error, no lease, nobody told again."""
    world.time_passes(36)
    world.check_in()
    before = len(world.heard)

    assert world.answer(Response.TAKE, Role.KEY_WORKER) == "over"
    assert world.claim() == "over"
    assert world.answer(Response.ESCALATE_NOW, Role.KEY_WORKER) == "refused: episode_id"
    assert world.episode.owner is None
    assert len(world.heard) == before


def test_a_limit_that_is_lowered_takes_nothing_away_that_was_given() -> None:
    """C103: a peer refuses to grow and allows to shrink. Rules 3 and 11: an explicit act lowers the extensions to none.

    Who has extended twice keeps the time that was promised to them; no more is given; and the climb goes on after it.
    """
    late = ladder_of(rung(5, Role.SHIFT_LEAD), rung(6, Role.KEY_WORKER), rung(60, Role.ON_CALL_MANAGER, police=True))
    world = World(late)
    world.time_passes(35)
    world.answer(Response.TAKE)
    world.answer(Response.EXTEND)
    world.answer(Response.EXTEND)
    lowered = late.model_copy(update={"lease": Lease(extensions=0)})
    takes_policy(world, lowered, into_episode=True)
    assert world.answer(Response.EXTEND) == "refused: kind"
    world.time_passes(29)
    assert world.episode.owner is not None
    assert world.said_to(Role.KEY_WORKER) == []
    world.time_passes(1)

    assert minutes(world, Role.KEY_WORKER) == [65]
    assert world.answer(Response.TAKE, Role.KEY_WORKER) == "taken"
    assert world.answer(Response.EXTEND, Role.KEY_WORKER) == "refused: kind"
