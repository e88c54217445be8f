"""By which channels messages go: when a provider is down, what was meant for it goes another way, and that is noted.

The worker finds out (`activities.breaker`); the record says when it changed, why, and when it changed back.
"""

from datetime import datetime

from domain import ledger
from domain.facts import FactKind
from domain.sending import AlertResult, SendStatus
from domain.state import PlacementState


def take_in(state: PlacementState, episode: int | None, result: AlertResult, now: datetime) -> None:
    """Note each channel that was found out, once, and each that has taken a message again since."""
    out = {outage.channel: outage for outage in result.out}
    taken = {one.channel for one in result.sent if one.status is SendStatus.ACCEPTED}
    for channel, outage in out.items():
        if channel not in state.channels_out:
            state.channels_out.append(channel)
            ledger.note(
                state,
                FactKind.CHANNEL_OUT,
                now,
                episode=episode,
                channel=channel.value,
                code=outage.code,
            )
    for channel in [one for one in state.channels_out if one in taken and one not in out]:
        state.channels_out.remove(channel)
        ledger.note(state, FactKind.CHANNEL_BACK, now, episode=episode, channel=channel.value)
