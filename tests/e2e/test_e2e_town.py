"""A town that cannot come up says why and leaves no process behind."""

from pathlib import Path

import pytest

from app.flow.town import Town, TownError


async def test_a_town_with_a_bad_profile_names_the_fault_and_ends_its_processes(tmp_path: Path) -> None:
    profile = tmp_path / "bad.yaml"
    profile.write_text("business: {name: Нева}\n")
    town = Town(profile=profile)
    with pytest.raises(TownError, match=r"bad\.yaml"):
        async with town:
            pass
    assert len(town.processes) > 1
    assert all(process.poll() is not None for process in town.processes.values())
