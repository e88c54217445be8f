"""`DATABASE_URL` as providers hand it out: encryption that is asked for is there, or there is no connection."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from config.keys import KeyRing
from store.database import Database, database_url
from store.errors import StoreError, StoreUnavailable
from tests.postgresql import Server, running_server

IS_ENCRYPTED = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


def certificate() -> tuple[bytes, bytes]:
    """One that signed itself, for this machine, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = built.add_extension(here, critical=False).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    return (
        signed.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain),
    )


@pytest.fixture(scope="module")
def plain() -> Iterator[Server]:
    """A server that encrypts nothing."""
    with running_server() as running:
        yield running


@pytest.fixture(scope="module")
def encrypting() -> Iterator[Server]:
    """One that can, with a certificate of its own."""
    public, private = certificate()
    with running_server() as running:
        running.stop()
        files = running.keep("server.crt", public), running.keep("server.key", private)
        running.settings = ("ssl=on", f"ssl_cert_file={files[0]}", f"ssl_key_file={files[1]}")
        running.start()
        yield running


async def encrypted(url: str) -> bool:
    """Connect, and ask the server whether others could read along."""
    database = Database(url, KeyRing.generate(), timeout=5)
    try:
        async with database.reading() as connection:
            return bool(await connection.scalar(IS_ENCRYPTED))
    finally:
        await database.close()


async def test_without_encryption_there_is_no_connection_if_it_was_asked_for(plain: Server) -> None:
    """Somebody in between must not be able to switch it off."""
    assert not await encrypted(f"{plain.url}?sslmode=prefer")
    for query in ("sslmode=require", "ssl=require", "ssl=true", "sslmode=require&application_name=goldenhour"):
        with pytest.raises(StoreUnavailable):
            await encrypted(f"{plain.url}?{query}")


@pytest.mark.parametrize("query", ["sslmode=require", "ssl=true", "sslmode=prefer&channel_binding=prefer", ""])
async def test_a_server_that_can_encrypts(encrypting: Server, query: str) -> None:
    """Also when nothing is said of it."""
    assert await encrypted(f"{encrypting.url}?{query}")


async def test_a_certificate_is_checked_against_the_one_that_is_named(encrypting: Server, tmp_path: Path) -> None:
    """The right one is taken, another's is not, and neither is one that only we know where public ones are wanted."""
    right, wrong = encrypting.directory / "server.crt", tmp_path / "wrong.crt"
    wrong.write_bytes(certificate()[0])
    for mode in ("verify-ca", "verify-full"):
        assert await encrypted(f"{encrypting.url}?sslmode={mode}&sslrootcert={right}&connect_timeout=5")
        with pytest.raises(StoreUnavailable):
            await encrypted(f"{encrypting.url}?sslmode={mode}&sslrootcert={wrong}")
    with pytest.raises(StoreUnavailable):
        await encrypted(f"{encrypting.url}?sslmode=verify-full&sslrootcert=system")


async def test_what_the_server_is_to_know_is_passed_on(plain: Server) -> None:
    """Operators tell connections apart by their names."""
    url = f"{plain.url}?application_name=golden%20hour&options=-c%20geqo%3Doff"
    database = Database(url, KeyRing.generate())
    async with database.reading() as connection:
        assert await connection.scalar(text("SHOW application_name")) == "golden hour"
        assert await connection.scalar(text("SHOW geqo")) == "off"
    await database.close()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("sslmode=on", "sslmode"),
        ("sslmode=verify-full", "sslrootcert"),
        ("sslmode=require&sslrootcert=system", "verify-full"),
        ("sslmode=verify-full&sslrootcert=/nowhere/secret.crt", "sslrootcert"),
        ("sslmode=require&channel_binding=require", "channel_binding"),
        ("gssencmode=require", "gssencmode"),
        ("connect_timeout=soon", "connect_timeout"),
        ("pgbouncer=true", "pgbouncer"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    query: str, named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything is connected; the address itself, which has a password, is not shown."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StoreError, match=named) as caught:
        database_url(f"postgresql://gh:secret@db.example/gh?{query}")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
