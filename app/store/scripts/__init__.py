"""The Lua, a file each, with its arguments and laws on top; `prelude.lua` stands before every one."""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    body: bytes
    sha: str


UNBORN = ("restore",)  # may write to a store without a birth mark: they are what comes before it


def _load(path: Path, prelude: str) -> Script:
    unborn = f"local UNBORN = {str(path.stem in UNBORN).lower()}\n"
    body = (unborn + prelude + path.read_text(encoding="utf-8")).encode()
    return Script(path.stem, body, sha1(body).hexdigest())  # noqa: S324  the name Redis gives a script


_FOLDER = Path(__file__).parent
_PRELUDE = (_FOLDER / "prelude.lua").read_text(encoding="utf-8")
SCRIPTS = {path.stem: _load(path, _PRELUDE) for path in sorted(_FOLDER.glob("*.lua")) if path.stem != "prelude"}
