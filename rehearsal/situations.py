"""The situations in which a policy is tried: what happens to one made-up child, and what goes wrong."""

from dataclasses import dataclass
from enum import StrEnum

from domain.names import Anchor, Phase, Risk
from domain.policy import Policy, Rung


class Beginning(StrEnum):
    """How the ladder begins."""

    DUE = "due"
    """A check is not recorded."""
    DECLARED = "declared"
    """Somebody says that the child is not here."""

    @property
    def in_words(self) -> str:
        """What minutes are counted from."""
        return "the check was due" if self is Beginning.DUE else "the child was reported not here"


@dataclass(frozen=True, slots=True)
class Situation:
    """One night."""

    key: str
    title: str
    first_person_answers: bool = False
    """`Y` and the code by text, and nothing after it."""
    sms_is_down: bool = False
    """The provider answers every text with 503, from the start."""


SITUATIONS = (
    Situation("nobody-answers", "Nobody answers"),
    Situation("falls-silent", "The first person answers, and falls silent", first_person_answers=True),
    Situation("sms-down", "The SMS provider is down", sms_is_down=True),
)


def first_rung(policy: Policy, beginning: Beginning) -> Rung:
    """The rung that is heard first. A policy without a ladder for a declared absence uses the other one."""
    anchor = Anchor.DECLARED if beginning is Beginning.DECLARED and policy.rungs(Anchor.DECLARED) else Anchor.DUE
    return policy.rungs(anchor)[0][1]


def child_for(policy: Policy) -> tuple[Phase, Risk]:
    """The phase and risk of a child for whom the policy is written."""
    if policy.suits:
        return policy.suits[0].phase, policy.suits[0].risk
    return Phase.ARRIVAL, Risk.HIGH
