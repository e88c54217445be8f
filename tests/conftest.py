"""What tests of several folders share: a PostgreSQL server."""

from collections.abc import Iterator

import pytest

from tests.postgresql import GIVEN, PostgreSQLMissing, running_server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server, started for the first test that needs it: each process of the tests has its own."""
    if GIVEN:
        yield GIVEN
        return
    try:
        with running_server() as server:
            yield server.url
    except PostgreSQLMissing as missing:
        pytest.fail(str(missing), pytrace=False)
