"""Every test here runs with real processes; a module shares one town, so its tests share one loop."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long proofs have smaller twins beside them; `-m slow` runs them."""
    if "slow" in config.option.markexpr:
        return
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="long: run it with -m slow"))
