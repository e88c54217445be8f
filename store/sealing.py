"""Sealing of what is personal: bound to its table, column and row, so that nothing sealed can be moved elsewhere."""

import hashlib
import hmac
import json
from typing import Any

from config.keys import KeyRing, UnknownKey, WrongSeal
from store.errors import StoreError, Unreadable


def _place(column: str, row_id: str) -> bytes:
    return f"{column}/{row_id}".encode()


class Seals:
    """Seals and opens the values of `*_sealed` columns. `column` is `table.column`."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    @property
    def keys(self) -> KeyRing:
        """The ring itself, for marks."""
        return self._keys

    @property
    def key_id(self) -> str:
        """The key that seals now: it goes into the row's `key_id`."""
        return self._keys.encrypts_with

    def seal(self, column: str, row_id: str, value: bytes) -> bytes:
        """Seal for one place."""
        return self._keys.encrypt(value, associated=_place(column, row_id))[1]

    def open(self, column: str, row_id: str, key_id: str, data: bytes) -> bytes:
        """Open what was sealed for that place.

        Raises:
            Unreadable: another key, another place, or changed.
        """
        try:
            return self._keys.decrypt(key_id, data, associated=_place(column, row_id))
        except (UnknownKey, WrongSeal) as error:
            raise Unreadable(f"{column}: {error}") from None

    def seal_json(self, column: str, row_id: str, value: object) -> bytes:
        """Seal a value of JSON."""
        return self.seal(column, row_id, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def open_json(self, column: str, row_id: str, key_id: str, data: bytes) -> Any:  # noqa: ANN401 - it is JSON
        """Open a value of JSON.

        Raises:
            Unreadable: another key, another place, or changed.
        """
        return json.loads(self.open(column, row_id, key_id, data))


def normalised(address: str) -> str:
    """The form under which an address is found again: e-mail addresses don't mind their case."""
    return address.strip().lower()


class Index:
    """Makes sealed values findable: equal values have equal hashes, which nobody without the key can guess."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise StoreError("the address index has no key")
        self._key = key

    def __repr__(self) -> str:
        return "<Index>"

    def of_address(self, address: str) -> str:
        """The hash of a telephone number or an e-mail address."""
        return self.of(normalised(address))

    def secret(self, purpose: str) -> bytes:
        """A key for another purpose, which says nothing about this one."""
        return hmac.new(self._key, f"secret for {purpose}".encode(), hashlib.sha256).digest()

    def of(self, text: str) -> str:
        """The hash of a text."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
