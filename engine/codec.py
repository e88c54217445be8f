"""Payloads are encrypted before they leave the process, each bound to the workflow it belongs to.

The binding (namespace and workflow id) is authenticated, and stands in the payload's metadata as well: a worker refuses
metadata that differs from the context it reads in, so that a ciphertext can't be moved from one child to another; the
codec endpoint, which gets no context from the Temporal UI, uses the metadata.
"""

import copy
import zlib
from collections.abc import Sequence
from typing import Self

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    ActivitySerializationContext,
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from config.keys import KeyRing, WrongSeal

ENCODING = b"binary/encrypted"
KEY_ID, NAMESPACE, WORKFLOW = "encryption-key-id", "goldenhour-namespace", "goldenhour-workflow"
COMPRESSED, ZLIB = "goldenhour-compressed", b"zlib"
LARGE = 1024
"""Bytes from which a payload is made smaller before it is sealed: a policy's text shrinks to a fifth. The engine keeps
what a workflow was started with in its database, in its history and in every worker's memory."""
LARGEST = 8_000_000
"""Bytes that a payload may come to again; the engine itself takes no more than two million."""


class EncryptionCodec(PayloadCodec, WithSerializationContext):
    """AES-GCM over every payload, with the key ring of the installation."""

    def __init__(self, keys: KeyRing, *, namespace: str = "", workflow_id: str = "") -> None:
        self._keys = keys
        self._namespace = namespace
        self._workflow_id = workflow_id

    def __repr__(self) -> str:
        return f"<EncryptionCodec({self._keys!r})>"

    def with_context(self, context: SerializationContext) -> Self:
        """The same codec, bound to the workflow that the context names."""
        if isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return type(self)(self._keys, namespace=context.namespace, workflow_id=context.workflow_id or "")
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload with the first key."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open each payload that is sealed; what is not sealed is not ours and passes.

        Raises:
            UnknownKey: it was sealed with a key that the ring does not hold.
            WrongSeal: it was changed, or it belongs to another workflow.
        """
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        namespace, workflow_id = self._namespace.encode(), self._workflow_id.encode()
        metadata = {"encoding": ENCODING, NAMESPACE: namespace, WORKFLOW: workflow_id}
        content = payload.SerializeToString()
        if len(content) > LARGE:
            content, metadata[COMPRESSED] = zlib.compress(content, level=1), ZLIB
        key_id, sealed = self._keys.encrypt(content, associated=_binding(namespace, workflow_id))
        return Payload(metadata={**metadata, KEY_ID: key_id.encode()}, data=sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        namespace, workflow_id = payload.metadata.get(NAMESPACE, b""), payload.metadata.get(WORKFLOW, b"")
        if self._workflow_id and (namespace, workflow_id) != (self._namespace.encode(), self._workflow_id.encode()):
            raise WrongSeal
        key_id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        opened = self._keys.decrypt(key_id, payload.data, associated=_binding(namespace, workflow_id))
        return Payload.FromString(_expanded(opened) if payload.metadata.get(COMPRESSED) == ZLIB else opened)


def _expanded(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, LARGEST)
    except zlib.error:
        raise WrongSeal from None


def _binding(namespace: bytes, workflow_id: bytes) -> bytes:
    return b"goldenhour\x00" + namespace + b"\x00" + workflow_id


CONVERTERS = PydanticPayloadConverter().converters


class OneConverter(PydanticPayloadConverter):
    """The SDK makes one for every workflow; what reads and writes JSON holds no state, and is the same for all."""

    def __init__(self) -> None:
        CompositePayloadConverter.__init__(self, *CONVERTERS.values())


class BoundConverter(DataConverter):
    """A converter of which only the codec depends on whose payloads it reads.

    The SDK asks for one several times a payload. Its own way makes every part anew each time, which took a tenth of a
    worker's time when many deadlines fell together.
    """

    def with_context(self, context: SerializationContext) -> Self:
        """The same converter, its codec bound to the workflow that the context names."""
        if not isinstance(self.payload_codec, EncryptionCodec):
            return super().with_context(context)
        bound = copy.copy(self)
        # As the SDK does: the class is frozen for its users, not for itself.
        object.__setattr__(bound, "payload_codec", self.payload_codec.with_context(context))
        return bound


def data_converter(keys: KeyRing) -> DataConverter:
    """Pydantic models as JSON, encrypted; failures too, whose messages and stack traces would otherwise be plain."""
    return BoundConverter(
        payload_converter_class=OneConverter,
        payload_codec=EncryptionCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
