"""Payloads and workflow files: smaller, read once, and as safe as before."""

import sys

import pytest
from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.converter import WorkflowSerializationContext

from config.keys import KeyRing, WrongSeal
from domain.names import Channel, Role
from domain.state import Contact, SharedContact
from engine.codec import COMPRESSED, LARGE, EncryptionCodec, data_converter
from engine.read_once import SharedCode, WorkflowFiles
from engine.sandbox import sandbox

KEYS = KeyRing.generate()
HERON = WorkflowSerializationContext(namespace="default", workflow_id="placement/Heron-42")
WREN = WorkflowSerializationContext(namespace="default", workflow_id="placement/Wren-17")


async def test_a_large_payload_travels_small_and_comes_back_whole() -> None:
    """A policy's text is said many times over; what is short stays as it is."""
    codec = EncryptionCodec(KEYS).with_context(HERON)
    large, short = Payload(data=b'{"role": "shift_lead"}' * 400), Payload(data=b"short")
    sealed = await codec.encode([large, short])
    assert [COMPRESSED in one.metadata for one in sealed] == [True, False]
    assert len(sealed[0].data) < LARGE < len(large.data)
    assert await codec.decode(sealed) == [large, short]


async def test_a_large_payload_opens_only_where_it_belongs() -> None:
    """Smaller, and bound to its child all the same."""
    (sealed,) = await EncryptionCodec(KEYS).with_context(HERON).encode([Payload(data=b"x" * 5000)])
    with pytest.raises(WrongSeal):
        await EncryptionCodec(KEYS).with_context(WREN).decode([sealed])


async def test_a_payload_that_is_said_to_be_small_and_is_not_is_refused_in_our_own_words() -> None:
    """The mark stands outside of the seal: whoever sets it gains a refusal."""
    codec = EncryptionCodec(KEYS).with_context(HERON)
    (sealed,) = await codec.encode([Payload(data=b"short")])
    sealed.metadata[COMPRESSED] = b"zlib"
    with pytest.raises(WrongSeal):
        await codec.decode([sealed])


async def test_a_converter_bound_to_one_child_does_not_bind_the_next() -> None:
    """The cheap copy that the SDK gets leaves the one it was copied from as it was."""
    shared = data_converter(KEYS)
    heron, wren = shared.with_context(HERON), shared.with_context(WREN)
    (sealed,) = await heron.encode(["seen"])
    assert await heron.decode([sealed]) == ["seen"]
    assert await shared.decode([sealed]) == ["seen"]
    with pytest.raises(WrongSeal):
        await wren.decode([sealed])


def test_a_workflows_file_is_run_anew_each_time_from_code_that_is_shared() -> None:
    """Each run has names of its own: what one changes, no other sees."""
    sandbox()
    assert sys.meta_path.count(WorkflowFiles) == 1
    loader = SharedCode("workflows.canary", "workflows/canary.py")
    assert loader.get_code("workflows.canary") is loader.get_code("workflows.canary")
    assert WorkflowFiles.find_spec("domain.ladder") is None


def test_a_person_of_a_home_is_in_memory_once_for_all_its_children() -> None:
    """Read twice they are one; somebody with another number is somebody else."""
    read = TypeAdapter(SharedContact).validate_json
    anna = Contact(person_id="anna", roles=(Role.SHIFT_LEAD,), channels=((Channel.SMS, "+447700900123"),))
    moved = anna.model_copy(update={"channels": ((Channel.SMS, "+447700900456"),)})
    first = read(anna.model_dump_json())
    assert first == anna
    assert read(anna.model_dump_json()) is first
    assert read(moved.model_dump_json()) == moved
