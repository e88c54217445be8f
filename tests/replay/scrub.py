"""Take the machine out of a history before it is committed: who recorded it and where is nobody's business."""

import json
import socket
from pathlib import Path

from temporalio.api.common.v1 import Payload

from engine.codec import EncryptionCodec
from tests.replay import files
from tests.replay.files import Json

RECORDER = "recorder"
"""In place of process ids, host names and what the worker's code hashed to."""


class StillThere(Exception):  # noqa: N818 - it says what is wrong
    """A trace of this machine is left: the history is not to be written."""


async def scrub(history: Json, identity: str) -> Json:
    """The history without identities, build ids and stack traces; none of them steers a replay.

    Raises:
        StillThere: this machine's name or a directory of it is left somewhere, sealed or not.
    """
    clean = await _walk(history, identity, files.codec_of(history))
    _refuse_traces(await files.opened(clean))
    return clean


async def _walk(node: Json, identity: str, codec: EncryptionCodec, key: str = "") -> Json:
    if key == "encodedAttributes" and files.is_sealed(node):
        return await _without_stack_trace(codec, node)
    if files.is_payload(node):
        return node
    if isinstance(node, dict):
        return {name: await _walk(value, identity, codec, name) for name, value in node.items()}
    if isinstance(node, list):
        return [await _walk(value, identity, codec, key) for value in node]
    if key in ("identity", "buildId") and node:
        return RECORDER
    return node.replace(identity, RECORDER) if isinstance(node, str) else node


async def _without_stack_trace(codec: EncryptionCodec, payload: Json) -> Json:
    """A failure's sealed part holds its message and its stack trace, which is full of paths."""
    inner = await files.unseal(codec, payload)
    attributes = json.loads(inner.data) | {"stack_trace": ""}
    return await files.seal(codec, Payload(metadata=dict(inner.metadata), data=json.dumps(attributes).encode()))


def _refuse_traces(history: Json) -> None:
    here = {socket.gethostname(), str(Path.home()), str(Path.cwd())} - {"/", "localhost", ""}
    for text in files.every_string(history):
        for trace in here:
            if trace in text:
                raise StillThere(f"a trace of this machine is left in {text[:60]!r}")
