"""The keys that seal what leaves the process: one encrypts, all decrypt, so that a key can be changed without a stop.

KeyRingError     the setting is malformed
SecretFileError  the file of a secret is missing, or others can read it
UnknownKey       sealed with a key that this ring does not hold
WrongSeal        tampered with, or sealed for somewhere else

No text of these errors holds a key or a part of one.
"""

import base64
import binascii
import contextlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SETTING = "GOLDENHOUR_ENCRYPTION_KEYS"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


class KeyRingError(ValueError):
    """The keys can't be read."""


class SecretFileError(Exception):
    """A file that holds a secret can't be used as it is; the text says what to do."""


class UnknownKey(Exception):  # noqa: N818 - the name says what happened
    """This was sealed with a key that is no longer in the ring, or not yet."""

    def __init__(self, key_id: str) -> None:
        known = key_id if _KEY_ID.fullmatch(key_id) else "of that id"
        super().__init__(f"no key {known} in {SETTING}: add the key this was sealed with")


class WrongSeal(Exception):  # noqa: N818 - the same
    """The data were changed, cut, or moved from where they belong."""

    def __init__(self) -> None:
        super().__init__("the seal is broken: changed on the way, or sealed for another place")


class KeyRing:
    """A few AES-256 keys in order. The first encrypts; all decrypt.

    To change keys: put the new one first, restart every part, and drop the old one when nothing sealed with it is
    left (for the engine's own histories that is their retention, 90 days). A key is good for 2^32 messages.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise KeyRingError(f"{SETTING} holds no key: expected id:base64(32 bytes)[,…]")
        self._keys = dict(keys)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in self._keys.items()}
        self._first = next(iter(self._keys))
        self._derived: dict[tuple[str, str], bytes] = {}

    def __repr__(self) -> str:
        return f"<KeyRing({len(self._keys)} keys)>"

    @property
    def encrypts_with(self) -> str:
        """The id of the key that seals new data."""
        return self._first

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:base64(32 bytes)[,…]`.

        Raises:
            KeyRingError: with the place of the first mistake, never with what stands there.
        """
        keys: dict[str, bytes] = {}
        for place, entry in enumerate(text.split(","), start=1):
            key_id, key = _parsed(entry.strip(), place)
            if key_id in keys:
                raise KeyRingError(f"{SETTING}: entry {place} repeats an id: each key needs its own")
            keys[key_id] = key
        return cls(keys)

    @classmethod
    def generate(cls, key_id: str = "k1") -> Self:
        """A ring with one fresh key."""
        return cls({key_id: os.urandom(KEY_BYTES)})

    def to_setting(self) -> str:
        """The text that `parse` reads. It is the secret itself: for a file of mode 0600 and nowhere else."""
        return ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in self._keys.items())

    def encrypt(self, plaintext: bytes, *, associated: bytes) -> tuple[str, bytes]:
        """Seal with the first key: `(key id, nonce + ciphertext)`. It opens only with the same `associated` data."""
        nonce = os.urandom(NONCE_BYTES)
        return self._first, nonce + self._ciphers[self._first].encrypt(nonce, plaintext, associated)

    def mark(self, what: str, *, purpose: str) -> bytes:
        """What only this installation can make of `what`: by a key derived from the first one for this purpose."""
        return self._mark(self._first, what, purpose)

    def marks(self, what: str, *, purpose: str) -> list[bytes]:
        """The same by every key of the ring: a mark made before the keys were changed is still ours."""
        return [self._mark(key_id, what, purpose) for key_id in self._keys]

    def _mark(self, key_id: str, what: str, purpose: str) -> bytes:
        derived = self._derived.get((key_id, purpose))
        if derived is None:
            derived = hmac.digest(self._keys[key_id], f"goldenhour/{purpose}".encode(), "sha256")
            self._derived[key_id, purpose] = derived
        return hmac.digest(derived, what.encode(), "sha256")

    def decrypt(self, key_id: str, data: bytes, *, associated: bytes) -> bytes:
        """Open what `encrypt` sealed.

        Raises:
            UnknownKey: no key of that id is in the ring.
            WrongSeal: changed, cut, or sealed with other associated data.
        """
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKey(key_id)
        if len(data) < NONCE_BYTES + TAG_BYTES:
            raise WrongSeal
        try:
            return cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], associated)
        except InvalidTag:
            raise WrongSeal from None


def _parsed(entry: str, place: int) -> tuple[str, bytes]:
    """The id and the key of one entry."""
    key_id, colon, encoded = entry.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise KeyRingError(f"{SETTING}: entry {place} is not id:base64(32 bytes)")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise KeyRingError(f"{SETTING}: the key of entry {place} is not base64") from None
    if len(key) != KEY_BYTES:
        raise KeyRingError(f"{SETTING}: the key of entry {place} has {len(key)} bytes, not {KEY_BYTES}")
    return key_id, key


def read_secret_file(path: Path) -> str | None:
    """The secret in a file, or None if there is no such file.

    Raises:
        SecretFileError: others may read it, it is empty, or it is no plain file of ours.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SecretFileError(f"{path} can't be read: {error.strerror}") from None
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise SecretFileError(f"{path} is not a plain file")
        if mode & 0o077:
            raise SecretFileError(
                f"{path} can be read by others (mode {stat.S_IMODE(mode):04o}): run `chmod 600 {path}`, "
                "and change the secret if somebody may have seen it"
            )
        secret = file.read().strip()
    if not secret:
        raise SecretFileError(f"{path} is empty: restore it from a backup")
    return secret


def read_or_create_secret_file(path: Path, make: Callable[[], str]) -> str:
    """The secret in a file; made, and kept with mode 0600, if there is none yet.

    The file appears whole or not at all, and of two processes that make it at the same time both get the same secret.

    Raises:
        SecretFileError: as `read_secret_file`.
    """
    existing = read_secret_file(path)
    if existing is not None:
        return existing
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces the secret that somebody else has just made.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    return read_secret_file(path) or ""
