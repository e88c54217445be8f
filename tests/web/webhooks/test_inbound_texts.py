"""People answer by text. Each hears what happened; strangers hear nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.addressing import reply_code
from domain.facts import Actor
from domain.messages import fits_sms
from domain.names import Channel, Response, Role, Stage
from domain.requests import Answer, Claim, Reply
from engine.errors import NotTaken, Unreachable
from store.errors import StoreUnavailable
from store.people import PersonContact
from tests.web.api.installation import DUTY_PHONE, KEY_PHONE, NOW, PHONE, Installation
from tests.web.webhooks.provider import alerted, post_twilio, sid, text
from web.replies import text as answered

TAKEN = Reply(outcome="taken", episode=1, until=NOW + timedelta(minutes=15))


@pytest.fixture
async def heron(here: Installation) -> str:
    """A child whose check is overdue, and whose shift lead has been told."""
    alias = await here.admit()
    await here.open_episode(alias)
    await alerted(here, alias, here.directory.shift_lead, PHONE)
    here.engine.reply = TAKEN
    return alias


async def test_y_and_the_code_take_it(here: Installation, heron: str) -> None:
    """The answer says until when, and what is expected."""
    said = await text(here, PHONE, "Y 4821")
    assert said == (f"Ref {heron.upper()}: you have it until 21:45. Record an outcome or the next person is told.")
    alias, update, answer = here.engine.asked[-1]
    assert (alias, update) == (heron, "answer")
    assert isinstance(answer, Answer)
    assert (answer.kind, answer.episode) == (Response.TAKE, 1)
    assert answer.actor == Actor(person_id=here.directory.shift_lead, role=Role.SHIFT_LEAD, via="sms")


@pytest.mark.parametrize("body", ["y", "YES", "4821", "ack4821", "1", "“Y 4821”"])
async def test_one_open_code_needs_no_code(here: Installation, heron: str, body: str) -> None:
    """Whatever form it has."""
    assert "you have it until 21:45" in (await text(here, PHONE, body) or "")
    assert here.engine.asked[-1][0] == heron


async def test_with_several_open_a_bare_y_is_asked_about(here: Installation, heron: str) -> None:
    """A guess could leave a child without anybody."""
    otter = await here.admit(risk="medium")
    await here.open_episode(otter)
    await alerted(here, otter, here.directory.shift_lead, PHONE, code="7310")
    asked = len(here.engine.asked)
    said = await text(here, PHONE, "Y") or ""
    assert "Y 4821 for" in said
    assert f"Y 7310 for {otter.upper()}" in said
    assert len(here.engine.asked) == asked
    await text(here, PHONE, "Y 7310")
    assert here.engine.asked[-1][0] == otter
    await text(here, PHONE, f"y {heron}")
    assert here.engine.asked[-1][0] == heron


@pytest.mark.parametrize(("body", "letter"), [("N", "N"), ("child is here", "C")])
async def test_with_several_open_the_question_keeps_what_was_said(
    here: Installation, heron: str, body: str, letter: str
) -> None:
    """Whoever cannot is not told to reply Y; a child who is back is not among those named."""
    otter, back = await here.admit(risk="medium"), await here.admit(risk="medium")
    await here.open_episode(otter)
    await alerted(here, otter, here.directory.shift_lead, PHONE, code="7310")
    await here.open_episode(back, stage=Stage.RETURNED)
    await alerted(here, back, here.directory.shift_lead, PHONE, code="9111")
    assert await text(here, PHONE, body) == (
        f"Several are open. Reply {letter} 7310 for {otter.upper()}, {letter} 4821 for {heron.upper()}."
    )


async def test_on_a_busy_night_a_forgotten_code_is_still_asked_for(here: Installation, heron: str) -> None:
    """Silence after five answers would be taken for "you have it"; help is not used up by answers either."""
    otter = await here.admit(risk="medium")
    await here.open_episode(otter)
    await alerted(here, otter, here.directory.shift_lead, PHONE, code="7310")
    for _ in range(6):
        assert "you have it" in (await text(here, PHONE, "Y 4821") or "")
    assert "Several are open" in (await text(here, PHONE, "Y") or "")
    assert "not known" in (await text(here, PHONE, "Y 9999") or "")
    assert "Reply Y and the code" in (await text(here, PHONE, "Yy") or "")
    del heron


async def test_a_question_mark_is_told_what_this_is(here: Installation, heron: str) -> None:
    """And what to reply; in one text."""
    said = await text(here, PHONE, "?") or ""
    assert said.startswith("Golden Hour asks for help when a child may be missing. Reply Y and the code")
    assert fits_sms(said)
    assert await text(here, PHONE, "who is this?") == said
    del heron


async def test_what_has_ended_is_not_among_the_several(here: Installation, heron: str) -> None:
    """A child who is back needs no answer: the bare Y is for the other."""
    otter = await here.admit(risk="medium")
    await here.open_episode(otter, stage=Stage.RETURNED)
    await alerted(here, otter, here.directory.shift_lead, PHONE, code="7310")
    here.engine.reply = TAKEN
    await text(here, PHONE, "Y")
    assert here.engine.asked[-1][0] == heron


async def test_n_says_that_the_next_is_told(here: Installation, heron: str) -> None:
    """Cannot moves on at once."""
    here.engine.reply = Reply(outcome="moved_on", episode=1)
    said = await text(here, PHONE, "N 4821")
    assert said == f"Ref {heron.upper()}: noted that you cannot. The next person is being told now."
    answer = here.engine.asked[-1][2]
    assert isinstance(answer, Answer)
    assert answer.kind is Response.CANNOT


async def test_c_is_a_claim_and_the_alarm_goes_on(here: Installation, heron: str) -> None:
    """A text is no sighting."""
    here.engine.reply = Reply(outcome="claimed", episode=1)
    said = await text(here, PHONE, "child is here") or ""
    assert "alarm goes on until a signed-in person records seeing them" in said
    assert isinstance(here.engine.asked[-1][2], Claim)
    assert here.engine.asked[-1][0] == heron


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("taken_by_other", "it is already taken by key worker until 21:45."),
        ("over", "it is over. Nothing more is needed from you."),
    ],
)
async def test_an_answer_too_late_is_told_so(here: Installation, heron: str, outcome: str, expected: str) -> None:
    """By whom it is taken, or that it is over."""
    owner = Actor(person_id=here.directory.key_worker, role=Role.KEY_WORKER)
    here.engine.reply = Reply(outcome=outcome, episode=1, held_by=owner, until=NOW + timedelta(minutes=15))
    assert await text(here, PHONE, "Y") == f"Ref {heron.upper()}: {expected}"


async def test_an_answer_to_a_rung_that_has_moved_on_says_so(here: Installation, heron: str) -> None:
    """They have it all the same, and know that others were woken."""
    await alerted(here, heron, here.directory.key_worker, KEY_PHONE, minutes=5)
    assert (await text(here, PHONE, "Y") or "").endswith("Others have been told since.")
    assert not (await text(here, KEY_PHONE, "Y") or "").endswith("Others have been told since.")


async def test_with_the_engine_away_it_is_kept_and_not_taken(here: Installation, heron: str) -> None:
    """The person is told to ring; the answer is delivered later."""
    here.engine.fails = Unreachable("away")
    said = await text(here, PHONE, "Y 4821")
    assert said == (f"Ref {heron.upper()}: kept, but not done yet: the engine does not answer. Ring the home now.")
    here.engine.fails = None
    await here.app.state.acts.sweep()
    assert here.engine.asked[-1][1] == "answer"


def away(*_: object, **__: object) -> None:
    """A store that does not answer."""
    raise StoreUnavailable("locked")


async def test_with_the_store_away_from_the_start_it_says_that_nothing_was_recorded(
    here: Installation, heron: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence would be taken for success."""
    del heron
    monkeypatch.setattr(here.store.database, "_timed", away)
    assert await text(here, PHONE, "Y 4821") == "Not recorded: Golden Hour does not answer. Ring the home now."


@pytest.mark.parametrize("body", ["Y 4821", "Y"])
async def test_with_the_store_away_an_answer_counts_by_what_was_read_before(
    here: Installation, heron: str, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """Rule 10: the engine is there, and only the meaning of the code has to be known.

    A phone that was nobody's may be somebody's since: silence would be taken for success.
    """
    await here.app.state.inbound.phones.read()
    monkeypatch.setattr(here.store.database, "_timed", away)
    assert (await text(here, PHONE, body) or "").startswith(f"Ref {heron.upper()}: you have it until")
    alias, update, answer = here.engine.asked[-1]
    assert (alias, update, answer.actor.person_id) == (heron, "answer", here.directory.shift_lead)
    assert (await text(here, "+447700900666", "Y 4821") or "").startswith("Not recorded")


async def test_with_the_store_away_the_code_of_a_message_that_went_out_since_counts(
    here: Installation, heron: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if its episode has begun since: it has the next number. Without the code it is asked for."""
    await here.app.state.inbound.phones.read()
    monkeypatch.setattr(here.store.database, "_timed", away)
    assert await text(here, KEY_PHONE, "Y") == (
        "No open alarm is known here for this phone. Reply Y and the code in the message, or ring the home."
    )
    for number in (1, 2):
        await text(here, KEY_PHONE, f"Y {reply_code(KEY_PHONE, heron, number)}")
        alias, _, answer = here.engine.asked[-1]
        assert isinstance(answer, Answer)
        assert (alias, answer.episode, answer.actor.person_id) == (heron, number, here.directory.key_worker)


async def test_what_was_done_is_not_reported_as_not_done_because_the_answer_cant_be_counted(
    here: Installation, heron: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers go on, writers wait: a store that is locked. Nonsense still gets help five times at most."""
    del heron
    monkeypatch.setattr(here.store.database, "transaction", away)
    assert "you have it until" in (await text(here, PHONE, "Y 4821") or "")
    helped = [await text(here, KEY_PHONE, "good evening") for _ in range(7)]
    assert [one is not None for one in helped] == [True] * 5 + [False] * 2


async def test_a_refusal_is_told_with_its_reason(here: Installation, heron: str) -> None:
    """In plain English."""
    here.engine.fails = NotTaken("episode_id", "the alarm is not on in this episode")
    said = await text(here, PHONE, "N")
    assert said == f"Ref {heron.upper()}: not done: the alarm is not on in this episode."


async def test_the_same_text_twice_is_answered_the_same_and_done_once(here: Installation, heron: str) -> None:
    """The provider tries again when our answer was lost; here without Redis."""
    message = sid()
    first = await text(here, PHONE, "Y 4821", message=message)
    here.engine.reply = Reply(outcome="over")
    assert await text(here, PHONE, "Y 4821", message=message) == first
    assert [update for _, update, _ in here.engine.asked] == ["admit", "answer"]
    del heron


async def test_strangers_hear_nothing(here: Installation, heron: str) -> None:
    """Nor does anything change."""
    assert await text(here, "+447700900666", "Y 4821") is None
    assert await text(here, "", "Y 4821") is None
    assert here.engine.asked[-1][1] == "admit"
    del heron


async def test_the_carriers_words_are_left_to_the_carrier(here: Installation, heron: str) -> None:
    """STOP and START alone; `please stop` is for us to ask about."""
    for body in ("STOP", "start", "Unsubscribe"):
        assert await text(here, PHONE, body) is None
    assert "Reply Y and the code" in (await text(here, PHONE, "please stop") or "")
    del heron


async def test_nonsense_gets_help_five_times_an_hour(here: Installation, heron: str) -> None:
    """Two machines must not text each other for ever; an answer that can be understood still counts."""
    said = [await text(here, PHONE, f"I am driving {n}") for n in range(7)]
    assert [answer is not None for answer in said] == [True] * 5 + [False] * 2
    assert "you have it" in (await text(here, PHONE, "Y") or "")
    here.engine.now = NOW + timedelta(hours=1, minutes=1)
    assert await text(here, PHONE, "?") is not None
    del heron


async def test_a_code_belongs_to_its_phone(here: Installation, heron: str) -> None:
    """Another phone's code means nothing here."""
    asked = len(here.engine.asked)
    assert "not known" in (await text(here, DUTY_PHONE, "Y 4821") or "")
    assert "not known" in (await text(here, PHONE, "Y 9999") or "")
    assert "No open alarm is known" in (await text(here, DUTY_PHONE, "Y") or "")
    assert len(here.engine.asked) == asked
    del heron


async def test_a_code_printed_while_the_store_was_away_is_understood(here: Installation, heron: str) -> None:
    """It is the one that phone and episode always have."""
    code = reply_code(KEY_PHONE, heron, 1)
    assert "you have it" in (await text(here, KEY_PHONE, f"Y {code}") or "")
    assert here.engine.asked[-1][2].actor.person_id == here.directory.key_worker


@pytest.mark.parametrize("body", ["Y", "Y 4821", "N 4821", "C"])
async def test_an_answer_is_not_kept_waiting_for_all_the_children_there_ever_were(
    here: Installation, heron: str, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """Only what this phone was told about is read."""

    async def too_many(*_: object) -> None:
        raise AssertionError("every placement was read")

    monkeypatch.setattr(here.store.placements, "list", too_many)
    await text(here, PHONE, body)
    assert here.engine.asked[-1][0] == heron


async def test_every_answer_is_one_text(here: Installation) -> None:
    """Of 160 characters in the basic alphabet, however long the reason is, and without anybody's name."""
    alias = await here.admit()
    await here.open_episode(alias)
    await alerted(here, alias, here.directory.shift_lead, PHONE)
    here.engine.fails = NotTaken("kind", "wörds → that go on " * 20)
    said = [await text(here, PHONE, body) or "" for body in ("Y", "?", "Y 9999", "C")]
    assert all(fits_sms(answer) for answer in said)
    assert not any("Reed" in answer or "Elms" in answer for answer in said)


async def test_a_forged_text_changes_nothing(here: Installation, heron: str) -> None:
    """403, and the engine is not asked."""
    form = {"MessageSid": sid(), "From": PHONE, "Body": "Y 4821"}
    assert (await post_twilio(here, "/webhooks/twilio/inbound-sms", form, token="guessed")).status_code == 403
    assert here.engine.asked[-1][1] == "admit"
    del heron


@pytest.mark.parametrize("alias", ["Exercise-482", "Rehearsal-120", "Training-7"])
def test_the_answer_to_an_exercise_is_marked_too(alias: str) -> None:
    """Every message is, whatever the exercise is called; of a child none is."""
    assert answered(alias, "You have it until 21:45.").startswith(f"EXERCISE Ref {alias.upper()}: you have it")
    assert answered("Heron-42", "You have it until 21:45.").startswith("Ref HERON-42")


# ── a duty phone with several people ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def shared(here: Installation) -> str:
    """A child whose home has one phone for the shift lead and the key worker."""
    directory = here.store.directory
    for person_id in (here.directory.shift_lead, here.directory.key_worker):
        person = await directory.person(person_id)
        await directory.put_person(replace(person, contacts=(PersonContact(Channel.SMS, PHONE),)))
    alias = await here.admit()
    await here.open_episode(alias)
    await alerted(here, alias, here.directory.key_worker, PHONE)
    here.engine.reply = TAKEN
    return alias


@pytest.mark.parametrize(("body", "letter"), [("Y", "Y"), ("4821", "Y"), ("n 4821", "N"), ("child is here", "C")])
async def test_a_bare_answer_from_a_shared_phone_is_asked_who(
    here: Installation, shared: str, body: str, letter: str
) -> None:
    """By role and not by name; nothing is done before."""
    said = await text(here, PHONE, body)
    assert said == (f"Ref {shared.upper()}: who are you? Reply {letter} 4821 1 for shift lead, 2 for key worker.")
    assert here.engine.asked[-1][1] == "admit"


@pytest.mark.parametrize(
    ("body", "role"),
    [
        ("Y 4821 1", Role.SHIFT_LEAD),
        ("Y 4821 2", Role.KEY_WORKER),
        ("4821 2", Role.KEY_WORKER),
        ("y 2", Role.KEY_WORKER),
        ("“Y 4821 1.”", Role.SHIFT_LEAD),
    ],
)
async def test_whoever_says_so_answers(here: Installation, shared: str, body: str, role: Role) -> None:
    """The lease, and the second person's rule, are that person's."""
    assert "you have it until 21:45" in (await text(here, PHONE, body) or "")
    actor = here.engine.asked[-1][2].actor
    people = {Role.SHIFT_LEAD: here.directory.shift_lead, Role.KEY_WORKER: here.directory.key_worker}
    assert (actor.person_id, actor.role) == (people[role], role)
    del shared


async def test_a_number_that_nobody_has_is_asked_again(here: Installation, shared: str) -> None:
    """Nothing is guessed at."""
    assert "who are you?" in (await text(here, PHONE, "Y 4821 7") or "")
    assert here.engine.asked[-1][1] == "admit"
    del shared


async def test_somebody_without_a_role_for_the_child_is_not_among_them(here: Installation, shared: str) -> None:
    """Who works elsewhere and has the same phone does not answer here: one is left, and is not asked."""
    directory = here.store.directory
    lead = await directory.person(here.directory.shift_lead)
    await directory.put_person(replace(lead, contacts=()))
    stranger = await directory.person(here.directory.stranger)
    await directory.put_person(replace(stranger, contacts=(PersonContact(Channel.SMS, PHONE),)))
    assert "you have it" in (await text(here, PHONE, "Y") or "")
    assert here.engine.asked[-1][2].actor.person_id == here.directory.key_worker
    del shared


# ── bad input ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        *("", " ", "🙈🙉🙊", "\x00\x01", "ÿ" * 1600, "Y 4821 🌀" * 40),
        *("\u202eY 4821\u202c maybe later \u202e", "أنا في الطريق"),
    ],
)
async def test_whatever_comes_in_is_no_error_and_changes_nothing(here: Installation, heron: str, body: str) -> None:
    """C50: empty, pictures, right to left, control characters, far too long: help, and nobody's lease."""
    said = await text(here, PHONE, body)
    assert said is not None
    assert "Reply Y and the code" in said
    assert here.engine.asked[-1][1] == "admit"
    del heron


@pytest.mark.parametrize("number", ["+12025550123", "+4915112345678", "+8613812345678", "+50212345678", "+85251234567"])
async def test_an_answer_from_anywhere_in_the_world_counts(here: Installation, number: str) -> None:
    """C73: a social worker abroad takes it like anybody else."""
    directory = here.store.directory
    lead = await directory.person(here.directory.shift_lead)
    await directory.put_person(replace(lead, contacts=(PersonContact(Channel.SMS, number),)))
    alias = await here.admit()
    await here.open_episode(alias)
    await alerted(here, alias, here.directory.shift_lead, number)
    here.engine.reply = TAKEN
    assert "you have it until 21:45" in (await text(here, number, "Y 4821") or "")
    assert here.engine.asked[-1][2].actor.person_id == here.directory.shift_lead


@pytest.mark.parametrize("body", ["👍🏽", "\u200fY 4821\u200f", "Y 4821", "👍 4821", "\ufeffyes"])
async def test_marks_that_nobody_sees_are_no_matter(here: Installation, heron: str, body: str) -> None:
    """A thumb of any colour, and the invisible marks of other scripts' keyboards."""
    assert "you have it until 21:45" in (await text(here, PHONE, body) or "")
    del heron
