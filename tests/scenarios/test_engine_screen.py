"""What an operator of the engine sees, and what nobody may see there."""

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionDescription

from config.keys import KeyRing, UnknownKey
from engine.codec import data_converter
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home, Refused


async def test_the_case_reads_like_a_case_file(home: Home, phones: Phones) -> None:
    """Current details, search attributes, and each rung named and grouped by episode."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    description: WorkflowExecutionDescription = await home.handle(heron).describe()
    attributes = {pair.key.name: pair.value for pair in description.typed_search_attributes}
    scheduled = [
        event
        for event in await home.history(heron)
        if EventType.Name(event.event_type) == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"
        and event.activity_task_scheduled_event_attributes.activity_type.name == "alert"
    ]
    groups = [marker.label.id for marker in scheduled[0].event_group_markers]

    assert description.id == f"placement/{heron}"
    assert attributes["GoldenHourStage"] == "overdue"
    assert attributes["GoldenHourRisk"] == "high"
    assert groups[0] == f"{heron}-1"
    assert "Episode 1: overdue" in await home.details(heron)


async def test_payloads_are_encrypted_and_bound_to_their_placement(home: Home) -> None:
    """Nothing that people wrote can be read in the engine's own data, and a payload can't be moved to another child."""
    heron = await home.admit()
    await home.check_in(heron, note="A very recognisable note")
    raw = b"".join(event.SerializeToString() for event in await home.history(heron))

    assert b"recognisable" not in raw
    assert b"Europe/London" not in raw
    assert f"placement/{heron}".encode() in raw


async def test_a_refused_report_leaves_no_trace_in_the_engine_and_one_in_the_record(home: Home) -> None:
    """A validator refuses before anything is written; the web keeps the attempt."""
    heron = await home.admit()
    before = len(await home.history(heron))
    with pytest.raises(Refused) as refused:
        await home.check_in(heron, seen_at="2020-01-01T00:00:00+00:00")
    kinds = [fact["kind"] for fact in await home.timeline(heron)]

    assert refused.value.status == 422
    assert refused.value.fields == ["seen_at"]
    assert len(await home.history(heron)) == before
    assert kinds.count("refused") == 1


async def test_a_check_in_for_an_ended_placement_is_refused(home: Home) -> None:
    """The child has moved: the report belongs to the new placement."""
    heron = await home.admit()
    await home.post(f"/placements/{heron}/end", {"reason": "moved to family"}, by="registered manager")
    with pytest.raises(Refused) as refused:
        await home.check_in(heron)

    assert refused.value.fields == ["placement_id"]


async def test_another_key_opens_nothing(home: Home) -> None:
    """Whoever has the engine's data and not the key has nothing."""
    heron = await home.admit()
    stranger = await home.room.env.connect_client(data_converter=data_converter(KeyRing.generate("other")))
    started = (await home.history(heron))[0].workflow_execution_started_event_attributes

    with pytest.raises(UnknownKey):
        await stranger.data_converter.decode(started.input.payloads)
