"""What tests of several folders share: a PostgreSQL server."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.postgresql import GIVEN, PostgreSQLMissing, running_server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server, started for the first test that needs it: each process of the tests has its own.

    Where there is none, every test that needs it fails with one line that says what to install; none is passed over.
    """
    with ExitStack() as stack:
        address, missing = GIVEN, ""
        try:
            address = address or stack.enter_context(running_server()).url
        except PostgreSQLMissing as error:
            missing = str(error)
        if missing:
            pytest.fail(missing, pytrace=False)
        yield address
