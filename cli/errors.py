"""How a command fails: one clear line, and an exit code that a script can read."""


class CommandError(Exception):
    """Something did not work: exit code 1."""

    exit_code = 1


class MisuseError(CommandError):
    """The command was not used as it is meant: exit code 2."""

    exit_code = 2
