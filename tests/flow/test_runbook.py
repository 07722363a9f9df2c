"""The runbook names every key that the scripts or Python touch."""

import re
from pathlib import Path

from app.store import keys


def test_every_key_of_the_store_has_its_row(repository: Path) -> None:
    rows = [line for line in (repository / "docs/runbook.md").read_text().splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([a-z_:]+)[^`]*`", row.split("|")[1])}
    scripts = "".join(path.read_text() for path in (repository / "app/store/scripts").glob("*.lua"))
    named = set(re.findall(r"P \.\. '([a-z_:]+)'", scripts))
    named |= {value.removeprefix(keys.PREFIX) for value in vars(keys).values() if str(value).startswith(keys.PREFIX)}
    families = {name for name in told if name.endswith(":")}  # `chat:*` stands for all that begin so
    assert set() == {name for name in named - told - {""} if name.partition(":")[0] + ":" not in families}
