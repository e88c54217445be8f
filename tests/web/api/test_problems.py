"""What goes wrong is said in one form, with nothing of our insides."""

from collections.abc import AsyncIterator

import pytest

from tests.web.api.installation import Installation
from web.body_limit import LIMIT


async def test_nothing_is_at_an_unknown_address(unmoved: Installation) -> None:
    """404 with a problem, also for ids that have not the form of one."""
    for path in ("/api/v1/nothing", "/api/v1/placements/heron", "/api/v1/placements/Heron-42'--", "/api/v1/episodes/x"):
        answer = await unmoved.send("GET", path)
        assert answer.status_code == 404
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance"} <= set(problem)


async def test_a_placement_that_is_not_there_is_404(unmoved: Installation) -> None:
    """For reading as for writing."""
    assert (await unmoved.send("GET", "/api/v1/placements/Heron-99")).status_code == 404
    answer = await unmoved.send(
        "POST", "/api/v1/placements/Heron-99/check-ins", {"outcome": "seen_well"}, by=unmoved.directory.shift_lead
    )
    assert answer.status_code == 404
    assert len(unmoved.engine.asked) == 1


async def test_a_wrong_method_is_405(unmoved: Installation) -> None:
    """With the right ones named."""
    answer = await unmoved.send("PUT", "/api/v1/placements/Heron-42")
    assert answer.status_code == 405
    assert "allow" in answer.headers
    assert answer.json()["status"] == 405


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"a":' * 5000])
async def test_what_is_not_json_is_400(unmoved: Installation, body: bytes) -> None:
    """However it is broken."""
    answer = await unmoved.send("POST", "/api/v1/homes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["title"] == "This is not JSON"


async def test_another_content_type_is_415(unmoved: Installation) -> None:
    """A form from a page of somebody else never gets in."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await unmoved.send("POST", "/api/v1/homes", content=b"a=b", headers={"Content-Type": kind})
        assert answer.status_code == 415


async def test_a_body_that_announces_ten_megabytes_is_not_read(unmoved: Installation) -> None:
    """413 before the first byte of it."""
    headers = {"Content-Type": "application/json", "Content-Length": "10000000"}
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b" " * 100_000

    answer = await unmoved.send("POST", "/api/v1/homes", content=body(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert read <= 1


async def test_a_body_without_a_length_is_read_up_to_the_limit(unmoved: Installation) -> None:
    """A lie about the length does not help, at pages and webhooks as little as at the API."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 100_000
            yield b" " * 100_000

    for path in ("/api/v1/homes", "/webhooks/sendgrid/events"):
        read = 0
        answer = await unmoved.send("POST", path, content=body(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert read <= LIMIT + 100_000


async def test_a_fault_of_ours_shows_nothing_of_itself(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 with a problem; the reason is in the log."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(here.store.directory, "homes", broken)
    answer = await here.send("GET", "/api/v1/homes")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "Zero" not in answer.text
