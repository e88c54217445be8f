"""How a rehearsal fails: one line that says why."""


class RehearsalError(Exception):
    """The rehearsal can't be held, or did not go as it has to; the text is for a person."""
