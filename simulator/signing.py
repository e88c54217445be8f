"""Signatures as the providers make them: HMAC for Twilio's callbacks, ECDSA for SendGrid's."""

import base64
import os
import secrets
from pathlib import Path
from urllib.parse import urldefrag

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

_KEY_FILE = "simulator-sendgrid-key.pem"
_OWNER_ONLY = 0o600


def twilio_signature(token: str, url: str, form: dict[str, str], *, forged: bool = False) -> str:
    """X-Twilio-Signature: over the URL without its fragment, and the form."""
    secret = secrets.token_hex(16) if forged else token
    return str(RequestValidator(secret).compute_signature(urldefrag(url).url, form))


class SendGridKey:
    """The private key of the event webhook, kept in the data directory so that it survives a restart."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._key = _load_or_make(data_dir) if data_dir else ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """As SendGrid shows it: the base64 of the DER form, on one line."""
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode("ascii")

    def sign(self, timestamp: str, body: bytes, *, forged: bool = False) -> str:
        """X-Twilio-Email-Event-Webhook-Signature: over the timestamp and the raw body."""
        key = ec.generate_private_key(ec.SECP256R1()) if forged else self._key
        return base64.b64encode(key.sign(timestamp.encode("ascii") + body, ec.ECDSA(hashes.SHA256()))).decode("ascii")


def _load_or_make(data_dir: Path) -> ec.EllipticCurvePrivateKey:
    path = data_dir / _KEY_FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        # Exclusive: when two processes start at once, one makes the key and the other reads it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        return _load(path)
    made = ec.generate_private_key(ec.SECP256R1())
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return made


def _load(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the simulator's signing key is not an elliptic curve key: delete its file")
    return key
