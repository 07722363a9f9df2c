"""One press pauses the bot: the next turn of every worker obeys, customers are registered and wait for people."""

from app.domain.business import Mode
from app.domain.modes import ALL, mode_of
from app.domain.words import define, say
from app.runtime import Runtime

define("mode_of_profile", "{channel}: {mode}", "{channel}: {mode}")
define("mode_by_hand", "{channel}: {mode} (переключено вручную)", "{channel}: {mode} (switched by hand)")


class UnknownChannel(Exception):
    """One line for whoever named it."""


async def pause(runtime: Runtime, channel: str = ALL, mode: Mode = Mode.OFF) -> None:
    """`mode`: `off`, or `suggest` to go on drafting for managers. Raises UnknownChannel."""
    await runtime.switches.set(_known(runtime, channel), mode)


async def resume(runtime: Runtime, channel: str = ALL) -> None:
    """The profile's modes again."""
    await runtime.switches.clear(_known(runtime, channel))


async def lines(runtime: Runtime) -> list[str]:
    """The mode of each channel now, in the words that the command and the profile take."""
    business, switched = runtime.business, await runtime.switches.read()
    told = []
    for channel in _spoken(runtime):
        key = "mode_by_hand" if switched.keys() & {ALL, channel} else "mode_of_profile"
        told.append(say(key, business.locale, channel=channel, mode=mode_of(channel, business, switched)))
    return told


def _known(runtime: Runtime, channel: str) -> str:
    spoken = _spoken(runtime)
    if channel != ALL and channel not in spoken:
        raise UnknownChannel(f"channel {channel!r}: not known, expected one of all, {', '.join(spoken)}")
    return channel


def _spoken(runtime: Runtime) -> list[str]:
    return [name for name, channel in runtime.channels.items() if not channel.capabilities.one_way]
