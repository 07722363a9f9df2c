"""What every door to a vendor has in common when it is checked: open or closed, reachable, trusted."""

import ssl

from app.flow.check.findings import Notes
from app.settings import Room


def is_open(room: Room, notes: Notes) -> bool:
    """A closed door is said; one that was left half filled in is a warning."""
    if room.is_open:
        return True
    names = ", ".join(room.missing())
    if room.is_untouched:
        notes.ok("closed", names=names)
    else:
        notes.warn("half_open", names=names)
    return False


def told_away(error: BaseException, notes: Notes, *, name: str, reason: str, address: str) -> None:
    """A vendor that was not reached. `name` begins its variables; `address` is the variable of its address."""
    if _is_untrusted(error):
        notes.fail("certificate", name=name)
    else:
        notes.fail("away", reason=reason, name=name, address=address)


def _is_untrusted(error: BaseException | None) -> bool:
    """Somewhere below it the TLS handshake found no trust."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
