"""Messages and names on disk, so that phones survive a restart: one JSON object a line, the last of an id counts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from simulator.messages import KEPT, Message, from_json

_FILE = "simulator-messages.jsonl"
_OWNER_ONLY = 0o600
_LINES = 8 * KEPT
"""Beyond so many lines most are of messages that have moved on since: the file is written anew."""


class Journal:
    """An append-only file, compacted when it is opened and when it is long; without a directory it keeps nothing.

    Args:
        data_dir: Where the file is.
        current: All that is worth keeping now: messages in order, names of phones.
        lines: How long the file may become.
    """

    def __init__(
        self,
        data_dir: Path | None,
        current: Callable[[], tuple[list[Message], dict[str, str]]],
        lines: int = _LINES,
    ) -> None:
        self._path = data_dir / _FILE if data_dir else None
        self._current = current
        self._most_lines = lines
        self._lines = 0
        self._file: IO[str] | None = None

    def open(self) -> tuple[list[Message], dict[str, str]]:
        """Read what earlier runs left (messages in order, names of phones), and start to write."""
        if self._path is None:
            return [], {}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        messages, names = _read(self._path)
        self._file = self._rewrite(self._path, messages, names)
        return messages, names

    def write_message(self, message: Message) -> None:
        """A message is new or has changed."""
        self._write({"message": message.as_json()})

    def write_names(self, names: dict[str, str]) -> None:
        """Phones and mailboxes have been given names."""
        self._write({"names": names})

    def clear(self) -> None:
        """Forget everything."""
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Stop writing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, record: dict[str, Any]) -> None:
        if self._file is None or self._path is None:
            return
        self._file.write(_line(record))
        self._file.flush()
        self._lines += 1
        if self._lines > self._most_lines:
            self._file.close()
            self._file = self._rewrite(self._path, *self._current())

    def _rewrite(self, path: Path, messages: list[Message], names: dict[str, str]) -> IO[str]:
        """Write beside it and replace, so that a crash leaves the one or the other."""
        rewritten = path.with_suffix(".new")
        rewritten.unlink(missing_ok=True)
        rewritten.touch(mode=_OWNER_ONLY)
        with rewritten.open("w", encoding="utf-8") as file:
            file.writelines(_line({"message": message.as_json()}) for message in messages)
            file.write(_line({"names": names}))
        rewritten.replace(path)
        self._lines = len(messages) + 1
        return path.open("a", encoding="utf-8")


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":")) + "\n"


def _read(path: Path) -> tuple[list[Message], dict[str, str]]:
    """A last line that a crash has cut short is left out."""
    latest: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if "message" in record:
                latest[record["message"]["id"]] = record["message"]
            names.update(record.get("names", {}))
    records = sorted(latest.values(), key=lambda record: int(record["index"]))
    return [from_json(record) for record in records[-KEPT:]], names
