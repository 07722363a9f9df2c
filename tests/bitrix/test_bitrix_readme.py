"""The examples of `bitrix/README.md` as they stand, against a portal over real HTTP; only the address is filled in."""

import re
import subprocess
import sys
from pathlib import Path

import bitrix
from sandbox.portal import Portal
from tests.sandbox.portal_case import HOOK, served

README = Path(bitrix.__file__).with_name("README.md")
ADDRESS = "https://{portal}/rest/{user}/{code}/"
FIRST, GROUP = re.findall(r"```python\n(.+?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def printed(example: str, portal: Portal) -> list[str]:
    assert ADDRESS in example
    with served(portal) as address:
        code = example.replace(ADDRESS, f"{address}{HOOK}/")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True, timeout=60)
    assert not done.stderr
    return done.stdout.splitlines()


def test_the_first_example_makes_a_lead_asks_two_things_at_once_and_lists() -> None:
    portal = Portal()
    lead, mode, stages, listed = printed(FIRST, portal)
    (made,) = portal.snapshot(10)["leads"]
    assert f"lead {made['ID']}" == lead
    assert "mode 1" == mode
    assert stages.startswith("stages [{")
    assert "page of 1" == listed


def test_a_group_of_two_customers_costs_two_calls() -> None:
    portal = Portal()
    lines = printed(GROUP, portal)
    shown = portal.snapshot(10)
    assert ["+79161234567", "+79167654321"] == [line.split()[0] for line in lines]
    assert all(line.endswith("None") for line in lines)
    assert {"Анна", "Борис"} == {deal["TITLE"] for deal in shown["deals"]}
    assert 2 == portal.calls()["http"]
