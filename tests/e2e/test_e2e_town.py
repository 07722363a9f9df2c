"""A town that cannot come up says why; however it ends, it leaves no process behind."""

import asyncio
import signal
import sys
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


MAYOR = """
import asyncio
from app.flow.town import Town

async def main():
    async with Town() as town:
        print(*(process.pid for process in town.processes.values()), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_whoever_runs_a_town_takes_it_along(how: signal.Signals) -> None:
    mayor = await asyncio.create_subprocess_exec(sys.executable, "-c", MAYOR, stdout=asyncio.subprocess.PIPE)
    assert mayor.stdout is not None
    pids = [int(word) for word in (await mayor.stdout.readline()).split()]
    assert len(pids) > 2
    mayor.send_signal(how)
    await mayor.wait()
    async with asyncio.timeout(15):
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            await asyncio.sleep(0.1)
