"""Why a deadline is where it is: the slices of open time that add up to the target."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain import sla
from app.runtime import Runtime


async def explain(runtime: Runtime, conversation_id: str) -> list[str] | None:
    """Lines for a person; None for an unknown conversation."""
    reading = await runtime.mailbox.read(conversation_id)
    if reading.conversation is None or reading.conversation.enquiry is None:
        return None
    zone = ZoneInfo(runtime.business.zone)
    lines: list[str] = []
    for clock in reading.conversation.enquiry.clocks:
        told = sla.explain(clock, reading.now, runtime.business.calendar)
        lines.append(f"{clock.target} ({clock.sla_class}): {clock.outcome}")
        lines.append(f"  start   {_at(clock.started_at, zone)}")
        for starts, ends in told.slices:
            seconds = (ends - starts).total_seconds()
            lines.append(f"  open    {_at(starts, zone)} – {_at(ends, zone)}  {seconds:.0f} s")
        for pause in clock.pauses:
            lines.append(f"  paused  {_at(pause.starts, zone)} – {_at(pause.ends, zone) if pause.ends else 'now'}")
        lines.append(f"  target  {clock.budget.total_seconds():.0f} s")
        lines.append(f"  due     {_at(told.due_at, zone)}")
    return lines


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
