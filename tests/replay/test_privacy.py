"""A committed history says nothing about the machine it was recorded on, and holds nothing personal in clear."""

import asyncio
import base64
import re
import socket

import pytest

from tests.replay import files, scrub

CLEAR_WORDS = ("gooseberry", "test police", "nc-0000", "@example.org", "+4477", "seen at the station", "at the door")
"""What stands in the stories' requests, directory and messages: none of it may be readable without a key."""

MACHINE = re.compile(
    r"(?<![\w.])\d+@[\w.-]+"  # a process at a host, as an SDK client calls itself
    r"|/(?:home|root|work|tmp|usr|opt|private|Users|var|builds?)/"
    r"|[A-Z]:\\|site-packages|\.py\b|\.venv|\.local\b|\.internal\b"
)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
LARGEST = 150_000
"""Bytes of one file; a story that needs more is too long to be looked at when it fails."""


@pytest.mark.parametrize("stem", files.stems())
def test_no_trace_of_a_machine_sealed_or_not(stem: str) -> None:
    """Host names, process ids, paths, stack traces: with the published key everything can be read."""
    history = files.read(files.path_of(stem))
    plain = asyncio.run(files.opened(history))
    texts = files.every_string(plain)

    assert [text[:80] for text in texts if MACHINE.search(text)] == []
    assert {one for text in texts for one in ADDRESS.findall(text) if not one.endswith("@example.org")} == set()
    assert set(files.every_string(history, lambda key: key in ("identity", "buildId"))) <= {
        scrub.RECORDER,
        "history-service",
    }


@pytest.mark.parametrize("stem", files.stems())
def test_nothing_personal_is_readable_without_the_key(stem: str) -> None:
    """Every payload is sealed; ids, names of activities and search attributes are all that is left."""
    history = files.read(files.path_of(stem))
    clear = " ".join(readable(history)).lower()

    assert [word for word in CLEAR_WORDS if word in clear] == []
    assert unsealed(history) == []
    assert files.path_of(stem).stat().st_size <= LARGEST


def readable(node: files.Json) -> list[str]:
    """What anyone can read who has the file and no key."""
    if files.is_payload(node):
        return [] if files.is_sealed(node) else [base64.b64decode(node.get("data", "")).decode(errors="replace")]
    if isinstance(node, dict):
        return [text for key, value in node.items() for text in (key, *readable(value))]
    if isinstance(node, list):
        return [text for value in node for text in readable(value)]
    return [node] if isinstance(node, str) else []


def unsealed(node: files.Json, key: str = "") -> list[str]:
    """Payloads that anyone can read; search attributes, which the engine itself must read, are the exception."""
    if files.is_payload(node):
        return [] if files.is_sealed(node) or key == "searchAttributes" else [str(node)[:80]]
    if isinstance(node, dict):
        below = {name: "searchAttributes" if "searchAttributes" in (name, key) else name for name in node}
        return [one for name, value in node.items() for one in unsealed(value, below[name])]
    return [one for value in node for one in unsealed(value, key)] if isinstance(node, list) else []


def test_a_trace_that_is_left_keeps_a_history_from_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorder looks for the machine it is on."""
    monkeypatch.setattr(socket, "gethostname", lambda: "PlacementWorkflow")
    with pytest.raises(scrub.StillThere):
        asyncio.run(scrub.scrub(files.read(files.path_of("seen-late")), "nobody"))
