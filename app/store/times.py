"""Business time out of machine time and the sandbox's mark: how far it was moved, or where a rehearsal holds it."""

STANDS = "="  # begins a mark that names the moment itself; any other is an offset in ms


def business_ms(machine_ms: float, mark: str | None) -> float:
    """`mark`: what lies under keys.OFFSET; `=1795420860000` stands still, whatever the machine's clock does."""
    if mark and mark.startswith(STANDS):
        return int(mark.removeprefix(STANDS))
    return machine_ms + int(mark or 0)
