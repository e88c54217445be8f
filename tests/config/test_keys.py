"""The key ring: rotation, tampering, and the file that keeps it."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.keys import (
    KeyRing,
    KeyRingError,
    SecretFileError,
    UnknownKey,
    WrongSeal,
    read_or_create_secret_file,
    read_secret_file,
)

ENCODED = base64.b64encode(bytes(range(32))).decode()


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_what_was_sealed_opens_with_the_same_associated_data(plaintext: bytes, associated: bytes) -> None:
    """A ring written out and read again opens what the first one sealed."""
    ring = KeyRing.generate()
    key_id, sealed = ring.encrypt(plaintext, associated=associated)
    assert KeyRing.parse(ring.to_setting()).decrypt(key_id, sealed, associated=associated) == plaintext


def test_a_new_key_in_front_encrypts_and_the_old_one_still_opens() -> None:
    """Rotation: nothing sealed before becomes unreadable until its key is dropped."""
    old = KeyRing.generate("old")
    key_id, sealed = old.encrypt(b"heron", associated=b"case")
    both = KeyRing.parse(KeyRing.generate("new").to_setting() + "," + old.to_setting())
    assert both.encrypts_with == "new"
    assert both.decrypt(key_id, sealed, associated=b"case") == b"heron"
    with pytest.raises(UnknownKey, match="old"):
        KeyRing.generate("new").decrypt(key_id, sealed, associated=b"case")


@given(st.integers(min_value=0))
def test_one_changed_bit_breaks_the_seal(position: int) -> None:
    """No byte of nonce, ciphertext or tag can be changed unseen."""
    ring = KeyRing.generate()
    key_id, sealed = ring.encrypt(b"seen and well", associated=b"case")
    changed = bytearray(sealed)
    changed[position % len(sealed)] ^= 1
    with pytest.raises(WrongSeal):
        ring.decrypt(key_id, bytes(changed), associated=b"case")


def test_a_payload_moved_to_another_case_does_not_open() -> None:
    """The associated data bind a payload to its place."""
    ring = KeyRing.generate()
    key_id, sealed = ring.encrypt(b"seen", associated=b"placement/Heron-42")
    with pytest.raises(WrongSeal):
        ring.decrypt(key_id, sealed, associated=b"placement/Robin-17")
    with pytest.raises(WrongSeal):
        ring.decrypt(key_id, sealed[:20], associated=b"placement/Heron-42")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "entry 1 is not id:base64"),
        ("k1", "entry 1 is not id:base64"),
        (f":{ENCODED}", "entry 1 is not id:base64"),
        (f"k 1:{ENCODED}", "entry 1 is not id:base64"),
        (f"k1:{ENCODED},", "entry 2 is not id:base64"),
        (f"k1:{ENCODED},k2:!!", "key of entry 2 is not base64"),
        ("k1:c2VjcmV0LXRleHQ=", "entry 1 has 11 bytes, not 32"),
        (f"k1:{ENCODED},k1:{ENCODED}", "entry 2 repeats an id"),
    ],
)
def test_a_malformed_ring_is_refused_by_name_and_place(text: str, told: str) -> None:
    """Short keys are never padded, and no error shows a key."""
    with pytest.raises(KeyRingError, match=told) as refusal:
        KeyRing.parse(text)
    message = str(refusal.value)
    assert message.startswith("GOLDENHOUR_ENCRYPTION_KEYS")
    assert "c2VjcmV0" not in message
    assert ENCODED not in message


def test_the_ring_does_not_show_its_keys() -> None:
    """A ring in a log line or a traceback gives nothing away."""
    assert repr(KeyRing.parse(f"k1:{ENCODED}")) == "<KeyRing(1 keys)>"


def test_a_secret_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    """The second start finds the first start's key, in a file of mode 0600, with no draft left beside it."""
    path = tmp_path / "encryption.keys"
    assert read_secret_file(path) is None
    assert read_or_create_secret_file(path, lambda: "first") == "first"
    assert read_or_create_secret_file(path, lambda: "second") == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_two_that_make_it_at_once_get_the_same_secret(tmp_path: Path) -> None:
    """The one that comes second takes what the first has made."""
    path = tmp_path / "encryption.keys"

    def slow() -> str:
        read_or_create_secret_file(path, lambda: "theirs")
        return "ours"

    assert read_or_create_secret_file(path, slow) == "theirs"


def test_a_secret_that_others_can_read_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """One line: which file, which mode, what to run."""
    path = tmp_path / "encryption.keys"
    path.write_text("secret")
    path.chmod(0o640)
    with pytest.raises(SecretFileError, match=r"mode 0640\): run `chmod 600") as refusal:
        read_or_create_secret_file(path, lambda: "other")
    assert "\n" not in str(refusal.value)


def test_an_empty_secret_and_a_link_are_refused(tmp_path: Path) -> None:
    """A key cut short by a full disk is not replaced in silence."""
    path = tmp_path / "encryption.keys"
    path.touch(mode=0o600)
    with pytest.raises(SecretFileError, match="empty"):
        read_or_create_secret_file(path, lambda: "other")
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(SecretFileError, match="can't be read"):
        read_secret_file(link)
