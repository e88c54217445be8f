"""The whole store as one object: what the worker, the web app, the watchdog and the command line are given."""

from typing import Self

from config.keys import KeyRing
from store.canary import CanaryLog
from store.confirmations import Confirmations
from store.database import Database
from store.directory import Directory
from store.exercise_cast import ExerciseCast
from store.facts import Facts
from store.histories import Histories
from store.intents import Intents
from store.links import Links
from store.notifications import Notifications
from store.phone_book import PhoneBooks
from store.placements import Placements
from store.policies import Policies
from store.sessions import Sessions
from store.tokens import Tokens
from store.verifications import Verifications
from store.webhooks import Webhooks


class Store:
    """Every repository on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.facts = Facts(database)
        self.directory = Directory(database)
        self.exercise_cast = ExerciseCast(database)
        self.placements = Placements(database)
        self.policies = Policies(database)
        self.intents = Intents(database)
        self.notifications = Notifications(database)
        self.phone_books = PhoneBooks(database)
        self.links = Links(database)
        self.confirmations = Confirmations(database)
        self.tokens = Tokens(database)
        self.verifications = Verifications(database)
        self.histories = Histories(database)
        self.canary = CanaryLog(database)
        self.sessions = Sessions(database)
        self.webhooks = Webhooks(database)

    def __repr__(self) -> str:
        return f"<Store({self.database!r})>"

    @classmethod
    def open(cls, url: str, keys: KeyRing, *, timeout: float = 5.0) -> Self:
        """The store at this address. Nothing is connected yet, so this works while the database is away.

        The tables are made by `store.migrate.upgrade(url)`.

        Args:
            url: `sqlite:///path` or `postgresql://…`.
            keys: seal and open what is personal.
            timeout: seconds for an operation whose caller names none.

        Raises:
            StoreError: the address is wrong.
        """
        return cls(Database(url, keys, timeout=timeout))

    async def close(self) -> None:
        """Give back connections and threads."""
        await self.database.close()
