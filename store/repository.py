"""What every repository has."""

from store.database import Database


class Repository:
    """One part of the store. Each public method is one transaction; every instant is aware and UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seals = database.seals

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
