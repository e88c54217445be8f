"""The words that leave the house."""

import dataclasses

import pytest

from domain import messages, several
from domain.messages import GSM_7, SMS_LENGTH, Situation, fits_sms
from domain.names import Channel, Ending, Role, Stage, Template
from domain.words import WORDS

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
    "about_role": Role.NEIGHBOURING_AUTHORITY,
    "about_channel": Channel.EMAIL,
}
FORBIDDEN = ("traffick", "missing child", "name", "address", "born", "nationality")


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("exercise", [True, False])
def test_every_text_arrives_as_one_message(template: Template, *, exercise: bool) -> None:
    """160 characters of GSM-7 at the longest of everything, with nothing cut off that must be said."""
    text = messages.sms(Situation(template=template, **(LONGEST | {"exercise": exercise})))  # type: ignore[arg-type]
    words = WORDS[template]

    assert fits_sms(text), (len(text), text)
    assert (words.in_exercise if exercise and words.in_exercise else words.do) in text
    assert text.endswith("#WWW")
    assert ("Reply Y 9999" in text) is words.answerable


@pytest.mark.parametrize("template", Template)
def test_an_exercise_asks_nobody_to_ring_the_police(template: Template) -> None:
    """Every message says that it is one, and none sends a person to 999, 101 or another authority's duty desk."""
    situation = Situation(template=template, reference="EXERCISE-482", at="21:30", code="4821", exercise=True)

    for text in (messages.sms(situation), messages.email(situation), messages.subject(situation)):
        assert text.startswith("EXERCISE")
        assert [word for word in ("999", "101", "Ring police", "duty desks") if word in text] == []


@pytest.mark.parametrize("template", Template)
def test_no_text_says_what_it_must_not(template: Template) -> None:
    """Not why, not who: a reference and what to do."""
    situation = Situation(template=template, **LONGEST)  # type: ignore[arg-type]

    for text in (messages.sms(situation), messages.email(situation), messages.subject(situation)):
        assert [word for word in FORBIDDEN if word in text.lower()] == []


def test_a_message_has_no_field_that_could_hold_anything_personal() -> None:
    """Unreachable by type: a reference, times, roles and the words of ours."""
    fields = {field.name for field in dataclasses.fields(Situation)}

    assert fields == {*LONGEST, "template", "stage", "ending", "link", "answer_link"}


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


LINK = "https://alerts.example.org/a/abcdefghijkl"


def test_an_e_mail_carries_its_link_and_says_that_a_button_is_to_be_pressed() -> None:
    """To open it is not an answer; without one, because the store was away, it says where to sign in."""
    situation = Situation(
        template=Template.REPORTED_NOT_HERE,
        reference="HERON-42",
        at="21:30",
        link="https://x.example",
        answer_link=LINK,
    )

    body = messages.email(situation)
    assert f"open this page and press a button: {LINK}\n" in body
    assert "sign in: https://x.example" in body


def test_a_text_carries_its_link_only_where_it_still_fits() -> None:
    """What must be said comes first: what happened, what to do, the code, who had it, who is next."""
    short = Situation(
        template=Template.STILL_OPEN, reference="OWL-7", at="21:30", tag="ABC", code="4821", answer_link=LINK
    )
    assert messages.sms(short).endswith(f"Reply Y 4821 to take this. Or {LINK} #ABC")
    longer = dataclasses.replace(short, lapsed_role=Role.SHIFT_LEAD, lapsed_minutes=10)
    assert "no outcome." in messages.sms(longer)
    assert LINK not in messages.sms(longer)
    assert LINK not in messages.sms(dataclasses.replace(short, template=Template.STAND_DOWN))
    assert all(messages.fits_sms(messages.sms(one)) for one in (short, longer))
    # An address outside the basic alphabet would make the text three.
    assert messages.fits_sms(messages.sms(dataclasses.replace(short, answer_link="https://ä.example/a/à|x")))


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


@pytest.mark.parametrize("role", [*Role, None])
def test_a_notice_says_a_role_and_no_reference(role: Role | None) -> None:
    """It is about no child: who it is about is for those who sign in."""
    situation = Situation(
        template=Template.TEXTS_STOPPED, reference="", at="21:30", about_role=role, about_channel=Channel.SMS
    )
    text = messages.sms(situation)

    assert text.startswith("Golden Hour: ")
    assert fits_sms(text)
    assert (role.label if role else "somebody") in text
    assert "Ref" not in text + messages.subject(situation) + messages.email(situation)


def test_an_on_call_manager_is_not_a_on_call_manager() -> None:
    """English, as it is spoken."""
    said = [
        messages.happened(
            Situation(template=Template.STAFF_CONTACT_FAILED, reference="", at="", about_role=role, about_channel=one)
        )
        for role, one in ((Role.ON_CALL_MANAGER, Channel.SMS), (Role.POLICE, Channel.VOICE), (None, Channel.EMAIL))
    ]

    assert said == [
        "an on-call manager can't be reached by text any more.",
        "a police desk can't be reached by call any more.",
        "somebody can't be reached by e-mail any more.",
    ]


def test_the_alphabet_has_no_character_that_counts_double() -> None:
    """The extension table's characters take two places each: none is in use."""
    assert not set("^{}[]~\\|€") & GSM_7
    assert SMS_LENGTH == 160


@pytest.mark.parametrize("template", sorted(several.TOGETHER))
@pytest.mark.parametrize("children", [2, 3, 7, 30])
def test_one_text_about_several_children_fits_and_loses_none(template: Template, children: int) -> None:
    """As many references as fit by name, and how many more there are; no code, as each child has its own."""
    references = tuple(f"{'W' * 9}-{1000 + number}" for number in range(children))
    for exercise in (False, True):
        text = several.sms(
            Situation(
                template=template,
                reference=references[0],
                at="21:30",
                tag="ABC",
                code="4821",
                exercise=exercise,
            ),
            references,
        )
        named = sum(reference in text for reference in references)
        assert fits_sms(text), text
        assert named
        assert named == children or f" and {children - named} more:" in text
        assert "4821" not in text
        assert text.endswith("#ABC")
