"""The disk under the data directory: can it be written, and for how much longer?"""

import os
import shutil
import tempfile
from pathlib import Path

GIGABYTE = 1_000_000_000
LOW_SHARE = 0.10
HIGHEST_FLOOR = 10 * GIGABYTE
"""A tenth of a very large disk is no emergency."""


class UnusableDirectory(Exception):  # noqa: N818 - it is told as it stands
    """Nothing can be kept there. The text is one line: what, why, what to do."""


def make_usable(directory: Path) -> None:
    """Make the data directory if it is missing, and write to it once: what fails later fails half-way.

    Raises:
        UnusableDirectory: it can't be made, read or written, or its disk is full.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.listdir(directory)  # noqa: PTH208 - its failure is all we want
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(bytes(65536))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnusableDirectory(
            f"the data directory {directory} can't be used ({reason}): make room or mend its permissions, or name "
            "another with GOLDENHOUR_DATA_DIR; nothing was started"
        ) from None


def low_disk(directory: Path) -> str | None:
    """What is left, in words, if it is less than 1 GB or than a tenth of the disk; None: enough."""
    try:
        usage = shutil.disk_usage(directory)
    except OSError:
        return None  # that it can't be used at all is told elsewhere
    if usage.free >= max(GIGABYTE, min(usage.total * LOW_SHARE, HIGHEST_FLOOR)):
        return None
    return f"{megabytes(usage.free)} free of {megabytes(usage.total)} on the disk of {directory}"


def megabytes(count: int) -> str:
    """A size as people read it: `0.3 MB`, `640 MB`, `12.5 GB`."""
    if count >= GIGABYTE:
        return f"{count / GIGABYTE:.1f} GB"
    return f"{count / 1_000_000:.{1 if 0 < count < 10_000_000 else 0}f} MB"  # noqa: PLR2004 - from there on, whole ones
