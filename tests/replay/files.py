"""Recorded histories as files: Temporal's own JSON, gzipped, payloads sealed under the published test-only key."""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory

from config.keys import KeyRing
from engine.codec import ENCODING, EncryptionCodec

HISTORIES = Path(__file__).with_name("histories")
NAMESPACE = "default"
"""Where they were recorded. Payloads are bound to it: a replay in another namespace can't read them."""

KEYS = "test:" + "A" * 43 + "="
"""The published, test-only key of the engine room (tests/scenarios/engine_room.py)."""

Json = Any
"""A history as JSON: nested dicts and lists."""

_SEALED = base64.b64encode(ENCODING).decode()


def stems() -> list[str]:
    """The names of all recorded histories."""
    return sorted(path.name.removesuffix(".json.gz") for path in HISTORIES.glob("*.json.gz"))


def path_of(stem: str) -> Path:
    """Where a history lies."""
    return HISTORIES / f"{stem}.json.gz"


def read(path: Path) -> Json:
    """A history as JSON, payloads sealed."""
    return json.loads(gzip.decompress(path.read_bytes()))


def write(path: Path, history: Json) -> int:
    """Write a history, without the time of day in it; returns how many bytes it takes."""
    path.parent.mkdir(exist_ok=True)
    packed = gzip.compress(json.dumps(history, separators=(",", ":")).encode(), compresslevel=9, mtime=0)
    path.write_bytes(packed)
    return len(packed)


def started(history: Json) -> Json:
    """What the first event says: workflow id, type, input."""
    return history["events"][0]["workflowExecutionStartedEventAttributes"]


def as_workflow_history(history: Json) -> WorkflowHistory:
    """As the SDK's Replayer takes it. The id comes from the history itself: payloads are bound to it."""
    return WorkflowHistory.from_json(started(history)["workflowId"], history)


def codec_of(history: Json) -> EncryptionCodec:
    """The production codec with the test key, bound as the history's payloads are."""
    return bound_to(started(history)["workflowId"])


def bound_to(workflow_id: str) -> EncryptionCodec:
    """The production codec with the test key, for the payloads of a workflow."""
    return EncryptionCodec(KeyRing.parse(KEYS), namespace=NAMESPACE, workflow_id=workflow_id)


def is_sealed(node: Json) -> bool:
    """Whether this is a payload that our codec has sealed."""
    return isinstance(node, dict) and isinstance(node.get("metadata"), dict) and _encoding(node) == _SEALED


def is_payload(node: Json) -> bool:
    """Whether this is a payload, sealed or plain."""
    return isinstance(node, dict) and isinstance(node.get("metadata"), dict) and "encoding" in node["metadata"]


def _encoding(payload: Json) -> Json:
    return payload["metadata"].get("encoding")


async def unseal(codec: EncryptionCodec, payload: Json) -> Payload:
    """A payload's own content."""
    return (await codec.decode([json_format.ParseDict(payload, Payload())]))[0]


async def seal(codec: EncryptionCodec, payload: Payload) -> Json:
    """A payload as it stands in a history."""
    return json_format.MessageToDict((await codec.encode([payload]))[0])


async def opened(history: Json) -> Json:
    """The history with every payload replaced by what is in it: for reading, not for replaying."""

    async def walk(node: Json, codec: EncryptionCodec) -> Json:
        if is_payload(node):
            return _content(await unseal(codec, node))
        if isinstance(node, dict):
            return {key: await walk(value, _addressed(codec, key, value)) for key, value in node.items()}
        if isinstance(node, list):
            return [await walk(value, codec) for value in node]
        return node

    return await walk(history, codec_of(history))


def _addressed(codec: EncryptionCodec, key: str, value: Json) -> EncryptionCodec:
    """A signal to another workflow is sealed for that one."""
    if key != "signalExternalWorkflowExecutionInitiatedEventAttributes":
        return codec
    return bound_to(value["workflowExecution"]["workflowId"])


def _content(payload: Payload) -> Json:
    try:
        return json.loads(payload.data) if payload.data else None
    except ValueError:
        return payload.data.decode(errors="replace")


def every_string(node: Json, keep: Callable[[str], bool] = lambda _key: True, key: str = "") -> list[str]:
    """All texts in a history, whose keys are to be kept."""
    if isinstance(node, dict):
        return [text for name, value in node.items() for text in every_string(value, keep, name)]
    if isinstance(node, list):
        return [text for value in node for text in every_string(value, keep, key)]
    return [node] if isinstance(node, str) and keep(key) else []
