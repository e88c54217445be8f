"""What `goldenhour doctor` finds: a line each, and for what is not in order what to do."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    level: Level
    about: str
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.level.value:<8} {self.about}: {self.detail}"
        return f"{line}. {self.remedy}" if self.remedy else line


def fine(about: str, detail: str) -> Finding:
    """In order."""
    return Finding(Level.OK, about, detail)


def warning(about: str, detail: str, remedy: str) -> Finding:
    """Works, with a risk."""
    return Finding(Level.WARNING, about, detail, remedy)


def failed(about: str, detail: str, remedy: str) -> Finding:
    """A child could go missing without anybody being told."""
    return Finding(Level.FAILED, about, detail, remedy)
