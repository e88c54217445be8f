"""Workflow files are read and unmarshalled once a process, though the sandbox runs them anew for every workflow.

Running a file anew is what keeps workflows apart; its compiled code is immutable and may be shared. Unshared it was a
sixth of what a live placement held in a worker's memory, and a file to be read at every child's arrival.
"""

import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

PACKAGE = "workflows."


@cache
def _code(name: str, path: str) -> CodeType | None:
    return SourceFileLoader(name, path).get_code(name)


class SharedCode(SourceFileLoader):
    """Runs a file anew each time, from the same code."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The file's code, compiled or unmarshalled once."""
        return _code(fullname, str(self.path))


class WorkflowFiles:
    """Finds the files of workflows; for everything else the others are asked."""

    @staticmethod
    def find_spec(
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """How to load a module of ours, or None."""
        if not fullname.startswith(PACKAGE):
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is None or found.origin is None or not isinstance(found.loader, SourceFileLoader):
            return found
        return spec_from_file_location(fullname, found.origin, loader=SharedCode(fullname, found.origin))


def install() -> None:
    """From now on; once is enough."""
    if WorkflowFiles not in sys.meta_path:
        sys.meta_path.insert(0, WorkflowFiles)
