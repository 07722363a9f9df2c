"""The house stands as docs/style.md draws it: arrows go down and never back, lazy and typing imports included."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from app.observe.metrics import METRICS

ROOT = Path(__file__).parents[1]
OURS = ("app", "workers", "bitrix", "sandbox")
MOST_LINES = 400

# Room → what of ours it may import beside itself. The longest name that fits a module is its room.
BELOW_RUNTIME = (
    "app.domain", "bitrix", "app.channels", "app.assistant", "app.store", "app.crm", "app.diary", "app.settings",
    "app.settings_notation", "app.profiles", "app.profile_notation", "app.profile_shape", "app.observe", "app.portal",
)  # fmt: skip
FLOW = (*BELOW_RUNTIME, "app.runtime", "app.jobs")
ROOMS: dict[str, tuple[str, ...]] = {
    "app.domain": (),
    "bitrix": (),
    "sandbox": (),
    "app.channels": ("app.domain",),
    "app.assistant": ("app.domain",),
    "app.store": ("app.domain",),
    "app.settings": ("app.domain", "app.settings_notation"),
    "app.settings_notation": (),
    "app.profile_notation": ("app.domain",),
    "app.profile_shape": ("app.domain", "app.profile_notation"),
    "app.profiles": ("app.domain", "app.profile_shape", "app.profile_notation"),
    "app.observe": ("app.domain",),
    "app.crm": ("app.domain", "bitrix", "app.settings", "app.observe"),
    "app.portal": ("app.domain", "bitrix", "app.settings", "app.store"),
    "app.diary": ("app.domain", "bitrix"),
    "app.runtime": BELOW_RUNTIME,
    "app.jobs": ("app.domain", "app.runtime"),
    "app.flow": FLOW,
    "app.web": (*FLOW, "app.flow"),
    "app.main": (*FLOW, "app.flow", "app.web"),
    "app.console": (*FLOW, "app.flow"),
    "app.cli_figures": (*FLOW, "app.flow", "app.console"),
    "app.cli_diary": (*FLOW, "app.flow", "app.console"),
    "app.cli": (*FLOW, "app.flow", "app.console", "app.cli_figures", "app.cli_diary", "app.main"),  # `serve` is web
    "workers": ("app",),
    "app": (),
}
TRACKED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
FILES = [ROOT / name for name in TRACKED.split("\0") if name and (ROOT / name).is_file()]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FILES
    if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in OURS
}


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str:
    return max((room for room in ROOMS if within(module, room)), key=len)


@cache
def imports(module: str) -> frozenset[tuple[int, str]]:
    """(line, module of ours) of every import anywhere in the file, also inside functions and TYPE_CHECKING."""
    return frozenset(_imports(module, ast.walk(tree_of(module))))


@cache
def executed(module: str) -> frozenset[str]:
    """Of them, those that are ever executed: what only types need is left out."""
    typed = {
        id(inner)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    nodes = (node for node in ast.walk(tree_of(module)) if id(node) not in typed)
    return frozenset(name for _, name in _imports(module, nodes))


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def _imports(module: str, nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, (base, node.module)))
            names = [name if (name := f"{source}.{alias.name}") in MODULES else source for alias in node.names]
        yield from ((node.lineno, name) for name in names if name.partition(".")[0] in OURS)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_arrows_go_down_and_never_back(module: str) -> None:
    room = room_of(module)
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{line} imports {name}, {room} may import {ROOMS[room] or 'nothing'}"
        for line, name in sorted(imports(module))
        if not within(name, room) and not any(within(name, allowed) for allowed in ROOMS[room])
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_never_run_in_a_circle() -> None:
    state: dict[str, str] = {}

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert state.get(module) != "open", "a circle: " + " → ".join((*path[path.index(module) :], module))
        if module in state:
            return
        state[module] = "open"
        for name in sorted(executed(module)):
            if name != module and name in MODULES:
                visit(name, (*path, module))
        state[module] = "done"

    for module in sorted(MODULES):
        visit(module, ())


def test_the_domain_looks_at_no_clock_network_or_setting() -> None:
    forbidden = {"os", "time", "asyncio", "httpx", "redis", "socket", "pathlib", "random", "pydantic", "logging"}
    for module in (module for module in MODULES if within(module, "app.domain")):
        nodes = list(ast.walk(tree_of(module)))
        names = {alias.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {(node.module or "").partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
        assert not names & forbidden, module
        asked = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
        assert not asked & {"datetime.now", "datetime.utcnow", "date.today", "datetime.today"}, module


def test_a_file_tells_one_story() -> None:
    code = [
        path for path in FILES if path.suffix in (".py", ".lua") and path.relative_to(ROOT).parts[0] in (*OURS, "bench")
    ]
    long = {
        str(path.relative_to(ROOT)): count
        for path in code
        if (count := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert not long, f"past {MOST_LINES} lines: {long}"


def test_no_file_names_a_path_of_this_machine_or_the_host_of_a_package_registry() -> None:
    host = "|".join(re.escape(name) for name in ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org"))
    named = re.compile(rf"{re.escape(str(ROOT))}/|{re.escape(str(Path.home()))}/|(?<![\w.])/{'work'}/|{host}")
    found = []
    for path in FILES:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in [named.search(text)] if hit]
    assert not found, "\n".join(found)


# --- metrics


@cache
def code() -> str:
    sources = [path for path in FILES if path.suffix in (".py", ".lua") and path.relative_to(ROOT).parts[0] in OURS]
    return "\n".join(path.read_text(encoding="utf-8") for path in sources if path.name != "metrics.py")


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_metric_is_used_and_told_in_its_page(name: str) -> None:
    assert name in code(), f"{name} is declared and never set"
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    metric = METRICS[name]
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
    assert f"| `{name}` | {metric.kind} | {labels} | " in page


def test_the_page_of_metrics_names_none_that_does_not_exist() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(otklik_\w+)` \|", page, re.MULTILINE)) == set(METRICS)


# --- the catalogue


@cache
def spelt() -> tuple[dict[str, str], set[str], re.Pattern[str]]:
    """Of `app`: key → where it is defined; all other texts in quotes; what f-strings and «head_» + word can make."""
    nodes = [(module, node) for module in MODULES if within(module, "app") for node in ast.walk(tree_of(module))]
    calls = [(module, node) for module, node in nodes if isinstance(node, ast.Call)]
    defined = [(module, node.args[0]) for module, node in calls if ast.unparse(node.func) in ("define", "_define")]
    keys = {
        key.value: f"{MODULES[module].relative_to(ROOT)}:{key.lineno}"
        for module, key in defined
        if isinstance(key, ast.Constant)
    }
    own = {id(key) for _, key in defined}
    quoted = {
        node.value
        for _, node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own
    }
    made = [re.escape(text) + r"\w+" for text in quoted if re.fullmatch(r"[a-z_]{3,}_", text)]
    for node in (node for _, node in nodes if isinstance(node, ast.JoinedStr)):
        parts = [re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in node.values]
        if len("".join(part for part in parts if part != r"\w+")) > 2:
            made.append("".join(parts))
    return keys, quoted, re.compile("|".join(made))


def test_every_text_of_the_catalogue_is_said_somewhere() -> None:
    keys, quoted, made = spelt()
    dead = [f"{where}: {key!r}" for key, where in keys.items() if key not in quoted and not made.fullmatch(key)]
    assert not dead, "nobody says\n" + "\n".join(dead)
