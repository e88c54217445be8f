"""The words that leave the house."""

import dataclasses

import pytest

from domain import messages
from domain.messages import GSM_7, SMS_LENGTH, Situation, Words, fits_sms
from domain.names import Ending, Role, Stage, Template

LONGEST = {
    "reference": "WWWWWWWWWW-999",
    "at": "23:59",
    "code": "9999",
    "tag": "WWW",
    "exercise": True,
    "late_minutes": 9999,
    "lapsed_role": Role.RESPONSIBLE_INDIVIDUAL,
    "lapsed_minutes": 999,
    "next_role": Role.NEIGHBOURING_AUTHORITY,
    "next_at": "23:59",
}
FORBIDDEN = ("traffick", "missing child", "name", "address", "born", "nationality")


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("exercise", [True, False])
def test_every_text_arrives_as_one_message(template: Template, *, exercise: bool) -> None:
    """160 characters of GSM-7 at the longest of everything, with nothing cut off that must be said."""
    text = messages.sms(Situation(template=template, **(LONGEST | {"exercise": exercise})))  # type: ignore[arg-type]
    words: Words = messages.WORDS[template]

    assert fits_sms(text), (len(text), text)
    assert words.do in text
    assert text.endswith("#WWW")
    assert ("Reply Y 9999" in text) is words.answerable


@pytest.mark.parametrize("template", Template)
def test_no_text_says_what_it_must_not(template: Template) -> None:
    """Not why, not who: a reference and what to do."""
    situation = Situation(template=template, **LONGEST)  # type: ignore[arg-type]

    for text in (messages.sms(situation), messages.email(situation), messages.subject(situation)):
        assert [word for word in FORBIDDEN if word in text.lower()] == []


def test_a_message_has_no_field_that_could_hold_anything_personal() -> None:
    """Unreachable by type: a reference, times, roles and the words of ours."""
    fields = {field.name for field in dataclasses.fields(Situation)}

    assert fields == {*LONGEST, "template", "stage", "ending", "link"}


def test_an_e_mail_is_marked_and_says_what_it_means() -> None:
    """Subject OFFICIAL-SENSITIVE; what happened, what it means for the child, what to do now."""
    situation = Situation(
        template=Template.REPORTED_NOT_HERE, reference="HERON-42", at="21:30", link="https://x.example"
    )

    assert messages.subject(situation) == "OFFICIAL-SENSITIVE ref HERON-42: reported not here at 21:30"
    body = messages.email(situation)
    assert "The home has looked and the child is not there." in body
    assert "What to do now: Ring the home now" in body
    assert "To take this, sign in: https://x.example" in body


@pytest.mark.parametrize(
    ("stage", "ending", "said"),
    [
        (Stage.RETURNED, None, "They are back."),
        (Stage.LOCATED, None, "Whereabouts are known."),
        (Stage.CLOSED, Ending.SEEN_LATE, "They have been seen."),
        (Stage.CLOSED, Ending.DECLARED_IN_ERROR, "It was an error."),
        (Stage.CLOSED, Ending.DEATH_RECORDED, "It is over."),
    ],
)
def test_a_stand_down_says_no_more_than_is_true(stage: Stage, ending: Ending | None, said: str) -> None:
    """And nothing of a death, which nobody may learn from a text."""
    text = messages.sms(
        Situation(template=Template.STAND_DOWN, reference="HERON-42", at="21:30", stage=stage, ending=ending)
    )

    assert said in text


def test_the_alphabet_has_no_character_that_counts_double() -> None:
    """The extension table's characters take two places each: none is in use."""
    assert not set("^{}[]~\\|€") & GSM_7
    assert SMS_LENGTH == 160
