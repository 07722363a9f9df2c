"""One press pauses the bot: the next turn of every worker obeys, customers are registered and wait for people."""

from app.domain.business import Mode
from app.domain.modes import ALL
from app.runtime import Runtime


class UnknownChannel(Exception):
    """One line for whoever named it."""


async def pause(runtime: Runtime, channel: str = ALL, mode: Mode = Mode.OFF) -> None:
    """`mode`: `off`, or `suggest` to go on drafting for managers. Raises UnknownChannel."""
    await runtime.switches.set(_known(runtime, channel), mode)


async def resume(runtime: Runtime, channel: str = ALL) -> None:
    """The profile's modes again."""
    await runtime.switches.clear(_known(runtime, channel))


async def lines(runtime: Runtime) -> list[str]:
    """The mode of each channel now."""
    switched = await runtime.switches.read()
    told = []
    for channel in _spoken(runtime):
        own = runtime.business.modes.get(channel, Mode.AUTO)
        mode = switched.get(ALL) or switched.get(channel)
        told.append(f"{channel}: {mode} (switched by hand)" if mode else f"{channel}: {own}")
    return told


def _known(runtime: Runtime, channel: str) -> str:
    spoken = _spoken(runtime)
    if channel != ALL and channel not in spoken:
        raise UnknownChannel(f"channel {channel!r}: not known, expected one of all, {', '.join(spoken)}")
    return channel


def _spoken(runtime: Runtime) -> list[str]:
    return [name for name, channel in runtime.channels.items() if not channel.capabilities.one_way]
