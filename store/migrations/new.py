"""Write the draft of a migration from what has changed in store.tables: `python -m store.migrations.new "title"`."""

import asyncio
import sys
import tempfile

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from store.database import create_engine, database_url
from store.migrate import alembic_config, upgrade


async def draft(title: str) -> None:
    """Compare a database of the newest migration with the tables. Read the draft before you commit it."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/draft.db"
        upgrade(url)
        engine = create_engine(database_url(url), poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(_draft, title)
        await engine.dispose()


def _draft(connection: Connection, title: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    newest = ScriptDirectory.from_config(config).get_current_head() or "0000"
    number = int(newest) + 1
    command.revision(config, title, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    asyncio.run(draft(" ".join(sys.argv[1:])))
