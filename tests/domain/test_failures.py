"""Whose fault it is that a message did not arrive: by the provider's code, with a safe answer for every other."""

import pytest

from domain.consent import TEXTS_STOPPED_CODE as STOP
from domain.failures import OURS, PERMANENT, Reason, ends_the_channel, reason
from domain.names import Channel
from notifiers.errors import Undeliverable
from notifiers.twilio_codes import refusal
from notifiers.voice import call_refusal


@pytest.mark.parametrize(
    ("channel", "code", "why"),
    [
        (Channel.SMS, 21211, Reason.PERMANENT),
        (Channel.SMS, 21614, Reason.PERMANENT),
        (Channel.SMS, 30005, Reason.PERMANENT),
        (Channel.SMS, 30006, Reason.PERMANENT),
        (Channel.VOICE, 21211, Reason.PERMANENT),
        (Channel.EMAIL, 511, Reason.PERMANENT),
        (Channel.SMS, 21610, Reason.STOPPED),
        (Channel.SMS, 30003, Reason.TRANSIENT),
        (Channel.SMS, 30008, Reason.TRANSIENT),
        (Channel.EMAIL, 422, Reason.TRANSIENT),
        (Channel.SMS, 30007, Reason.OURS),
        (Channel.SMS, 30034, Reason.OURS),
        (Channel.SMS, 21612, Reason.OURS),
        (Channel.VOICE, 21210, Reason.OURS),
    ],
)
def test_a_code_says_whose_fault_it_is(channel: Channel, code: int, why: Reason) -> None:
    """C67: only what is known to be permanent condemns a number."""
    assert reason(channel, code) is why
    assert ends_the_channel(why) is (why in {Reason.PERMANENT, Reason.STOPPED})


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("code", [None, 0, -1, 1, 200, 429, 503, 20429, 31337, 64999, 10**12])
def test_a_code_that_nobody_has_seen_costs_no_number_its_place(channel: Channel, code: int | None) -> None:
    """Providers say that codes change: the next channel now, and this one again the next time."""
    assert reason(channel, code) is Reason.TRANSIENT


@pytest.mark.parametrize("channel", Channel)
def test_a_landline_that_takes_no_texts_can_still_be_rung(channel: Channel) -> None:
    """What condemns a number for texts alone leaves its calls alone."""
    texts_only = {21614, 30006, STOP}
    condemned = {code for code in texts_only if ends_the_channel(reason(channel, code))}
    assert condemned == (texts_only if channel is Channel.SMS else set())


def test_no_code_is_both_ours_and_the_numbers() -> None:
    """Our own mistake must never put a number out of use."""
    assert not OURS & {STOP, *(code for codes in PERMANENT.values() for code in codes)}


def test_what_condemns_a_number_is_refused_as_such_when_it_is_sent_to() -> None:
    """The two tables, of refusals and of reports, say the same of a number."""
    for code in PERMANENT[Channel.SMS]:
        assert isinstance(refusal(400, code), Undeliverable), code
    for code in PERMANENT[Channel.VOICE]:
        assert isinstance(call_refusal(400, code), Undeliverable), code
