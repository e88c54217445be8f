"""`goldenhour policy simulate`: what it says when it can't, and the whole of it once, as a person would run it."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from cli import main as command_line

CHECKOUT = Path(__file__).parent.parent.parent
SHORT = CHECKOUT / "tests" / "rehearsal" / "short.toml"


def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """The exit code and the complaint of a `policy simulate` that can't be held."""
    monkeypatch.setattr(sys, "argv", ["goldenhour", "policy", "simulate", *words])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    printed = capsys.readouterr()
    assert printed.out == ""
    return int(ended.value.code or 0), printed.err


def test_a_file_that_is_not_there_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Misuse: exit code 2."""
    code, complaint = refused(capsys, monkeypatch, "/no/such/policy.toml")
    assert code == 2
    assert complaint.count("\n") == 1
    assert "/no/such/policy.toml" in complaint


def test_a_policy_with_mistakes_is_not_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One line names the first mistakes with their lines, and says how many more there are."""
    file = tmp_path / "bad.toml"
    file.write_text(SHORT.read_text("utf-8").replace('"shift_lead"', '"night_owl"').replace("PT10M", "10m"), "utf-8")
    code, complaint = refused(capsys, monkeypatch, str(file))
    assert code == 1
    assert complaint.count("\n") == 1
    assert "is not fit to be tried: line " in complaint
    assert "night_owl" in complaint
    assert "more, see `goldenhour policy lint`" in complaint


def test_without_temporal_s_own_server_it_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It comes with a package."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    code, complaint = refused(capsys, monkeypatch, "arrival-high")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "the program `temporal` is missing" in complaint


def test_a_picture_that_can_t_be_written_is_refused_before_anything_is_played(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody waits a minute to hear it."""
    code, complaint = refused(capsys, monkeypatch, "arrival-high", "--svg", str(tmp_path / "nowhere" / "night.svg"))
    assert (code, complaint.count("\n")) == (1, 1)
    assert "name a file in a directory that exists" in complaint


@pytest.mark.parametrize("words", [("--hours", "0"), ("--hours", "73"), ("--from", "returned")])
def test_what_can_t_be_asked_for_is_misuse(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Up to three days, and the two beginnings of a climb."""
    code, complaint = refused(capsys, monkeypatch, "arrival-high", *words)
    assert code == 2
    assert words[0] in complaint


def begun(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """The real command, on a machine whose settings name another Temporal, which is none of its business."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "cli.main", "policy", "simulate", str(SHORT), "--hours", "1", *words],
        cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(tmp_path), "TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_NAMESPACE": "other"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_whole_of_it_is_data_on_stdout_and_a_picture(tmp_path: Path) -> None:
    """Nothing else is printed, and nothing stays."""
    pictures, traces = tmp_path / "pictures", tmp_path / "traces"
    pictures.mkdir()
    traces.mkdir()
    running = begun(traces, "--json", "--svg", str(pictures / "night.svg"))
    printed, complaint = running.communicate(timeout=110)
    assert (running.returncode, complaint) == (0, "")
    data = json.loads(printed)
    assert [night["situation"] for night in data["situations"]] == ["nobody-answers", "falls-silent", "sms-down"]
    assert all(1800 <= night["police_rung"] < 1860 for night in data["situations"])
    root = ET.fromstring((pictures / "night.svg").read_text("utf-8"))  # noqa: S314 - our own
    assert root.attrib["role"] == "img"
    assert list(traces.iterdir()) == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_cleans_up_and_says_so(tmp_path: Path, sign: signal.Signals) -> None:
    """Ctrl-C, or a supervisor's wish: one line, and nothing stays."""
    running = begun(tmp_path)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("goldenhour-rehearsal-*/rehearsal.db")):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(sign)
    printed, complaint = running.communicate(timeout=60)
    assert (running.returncode, printed) == (1, "")
    assert complaint == "goldenhour: stopped, and everything is cleaned up\n"
    assert list(tmp_path.iterdir()) == []
