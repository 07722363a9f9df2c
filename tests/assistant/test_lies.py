"""A model's lies never reach a customer, its true words do: over profiles that nobody has seen."""

import ast
from pathlib import Path

import pytest

from app.profiles import load
from bench import lying
from bench.truth import TWINS, reaches

BUSINESSES = [load(path) for path in sorted(Path("profiles").glob("*.yaml"))]


def judged(pairs: int, seed: int) -> tuple[list[str], list[str]]:
    """Lies that came through, truths that did not."""
    through, lost = [], []
    for output in lying.outputs(BUSINESSES, pairs=pairs, seed=seed):
        if reaches(output) is output.lies:
            (through if output.lies else lost).append(f"{output.kind}: {output.sentence}")
    return through, lost


def test_no_lie_reaches_a_customer_and_the_truth_does() -> None:
    through, lost = judged(pairs=170, seed=2026)
    assert [] == through
    assert len(lost) <= 170 * (1 - TWINS), lost


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_no_lie_of_ten_thousand_reaches_a_customer(seed: int) -> None:
    through, lost = judged(pairs=10_000, seed=seed)
    assert [] == through
    assert len(lost) <= 10_000 * (1 - TWINS), lost


def test_the_generator_knows_nothing_of_the_guards() -> None:
    """Else it could only lie as the guards expect."""
    for path in Path(lying.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith("app.") and not name.startswith("app.domain")]
