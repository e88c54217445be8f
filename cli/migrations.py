"""`goldenhour migrate`: the tables of a database of your own."""

from cli.errors import CommandError
from config.settings import Settings, SettingsError
from store.errors import StoreError
from store.migrate import upgrade


def migrate() -> None:
    """Make or change the tables of `DATABASE_URL`.

    Raises:
        CommandError: a setting is wrong, the database is away, or it is of a newer version.
    """
    try:
        upgrade(Settings.load().database_url)
    except (SettingsError, StoreError) as error:
        raise CommandError(str(error)) from None
    print("The database is up to date.")
