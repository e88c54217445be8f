"""What people ask of a placement under the real rules: check-ins, answers, endings, each by the role that asks."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta

from domain import answers, check_ins, circulars
from domain.errors import Refused
from domain.facts import Actor
from domain.names import AgeBand, Ending, Method, Outcome, Response, Role
from domain.requests import (
    AgreedAbsence,
    Answer,
    CheckIn,
    Circulate,
    Claim,
    Closing,
    DeskAcknowledged,
    Found,
    PoliceReported,
)
from domain.state import Episode, PlacementState


class Asking(ABC):
    """People who record, answer and decide; `World` lets time pass and brings them what they hear."""

    state: PlacementState
    now: datetime
    asked: int

    @abstractmethod
    def settle(self) -> None:
        """Decide and act until nothing is left to do at this instant."""

    @staticmethod
    def actor(role: Role) -> Actor:
        """The person who holds this role."""
        return Actor(person_id=role.value, role=role)

    @property
    def episode(self) -> Episode:
        """The latest episode."""
        return self.state.episodes[-1]

    def _ask(self, rule: Callable[[], str]) -> str:
        try:
            outcome = rule()
        except Refused as refusal:
            return f"refused: {refusal.field}"
        self.settle()
        return outcome

    def _id(self) -> str:
        self.asked += 1
        return f"request-{self.asked}"

    def check_in(
        self,
        outcome: Outcome = Outcome.SEEN_WELL,
        *,
        ago: float = 0,
        by: Role = Role.SHIFT_LEAD,
        method: Method = Method.SEEN,
    ) -> str:
        """A carer records a check-in, of `ago` minutes before now."""
        request = CheckIn(
            request_id=self._id(),
            actor=self.actor(by),
            received_at=self.now,
            outcome=outcome,
            method=method,
            seen_at=self.now - timedelta(minutes=ago),
        )
        return self._ask(lambda: check_ins.record(self.state, request, self.now))

    def absence(self, minutes: float) -> str:
        """An agreed time out."""
        request = AgreedAbsence(
            request_id=self._id(),
            actor=self.actor(Role.SHIFT_LEAD),
            received_at=self.now,
            back_by=self.now + timedelta(minutes=minutes),
        )
        return self._ask(lambda: check_ins.agree_absence(self.state, request, self.now))

    def answer(self, kind: Response, by: Role = Role.SHIFT_LEAD, *, reason: str = "busy", to: str | None = None) -> str:
        """An alerted person answers."""
        if not self.state.episodes:
            return "nothing to answer"
        request = Answer(
            request_id=self._id(),
            actor=self.actor(by),
            received_at=self.now,
            episode=self.episode.number,
            kind=kind,
            reason=reason,
            to_person=to,
        )
        return self._ask(lambda: answers.answer(self.state, request, self.now))

    def claim(self) -> str:
        """A text says that the child is here."""
        request = Claim(
            request_id=self._id(),
            actor=self.actor(Role.SHIFT_LEAD),
            received_at=self.now,
            episode=self.episode.number,
        )
        return self._ask(lambda: answers.claim(self.state, request, self.now))

    def found(self, by: Role = Role.SHIFT_LEAD, *, back_in: float | None = None) -> str:
        """The child is found: returned, or located and back in so many minutes."""
        if not self.state.episodes:
            return "nobody is looked for"
        request = Found(
            request_id=self._id(),
            actor=self.actor(by),
            received_at=self.now,
            episode=self.episode.number,
            located=back_in is not None,
            seen_at=self.now,
            expected_back_by=None if back_in is None else self.now + timedelta(minutes=back_in),
        )
        return self._ask(lambda: answers.found(self.state, request, self.now))

    def police_told(self, by: Role = Role.ON_CALL_MANAGER) -> str:
        """Somebody enters the reference, the force and the time."""
        request = PoliceReported(
            request_id=self._id(),
            actor=self.actor(by),
            received_at=self.now,
            episode=self.episode.number,
            reference="CAD 123",
            force="A force",
            reported_at=self.now,
        )
        return self._ask(lambda: answers.police_reported(self.state, request, self.now))

    def describes(
        self, description: str = "", age_band: AgeBand = AgeBand.UNKNOWN, *, by: Role = Role.SHIFT_LEAD
    ) -> str:
        """Somebody writes what a circular is to tell; from a manager, the duty team or the police it is an approval."""
        request = Circulate(
            request_id=self._id(),
            actor=self.actor(by),
            actor_roles=(by,),
            received_at=self.now,
            episode=self.episode.number,
            description=description,
            age_band=age_band,
        )
        return self._ask(lambda: circulars.circulate(self.state, request, self.now))

    def desk_says(self, desk: str, by: Role = Role.KEY_WORKER) -> str:
        """Somebody has rung a desk, and it has seen the circular."""
        request = DeskAcknowledged(
            request_id=self._id(),
            actor=self.actor(by),
            received_at=self.now,
            episode=self.episode.number,
            desk=desk,
        )
        return self._ask(lambda: circulars.desk_acknowledged(self.state, request, self.now))

    def close(self, ending: Ending, by: Role = Role.REGISTERED_MANAGER, *, to: str | None = None) -> str:
        """Somebody closes the episode."""
        request = Closing(
            request_id=self._id(),
            actor=self.actor(by),
            received_at=self.now,
            episode=self.episode.number,
            ending=ending,
            reason="as the record says",
            handover_to=to,
        )
        return self._ask(lambda: answers.close(self.state, request, self.now))
