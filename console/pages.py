"""Pages from templates: everything escaped, nothing undefined, assets named by their content."""

import gc
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.words import FILTERS
from operations.desk import new_command_id

TEMPLATES: Final = Path(__file__).parent.parent / "templates" / "console"
STATIC: Final = Path(__file__).parent / "static"

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Pages:
    """The templates of the console and the few files beside them, read once."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        self.assets = _assets()
        self._marks = {name: sha256(one).hexdigest()[:12] for name, one in self.assets.items()}
        self._env = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._env.filters.update(FILTERS)
        self._env.globals["asset"] = self._address
        self._env.globals["fresh_id"] = new_command_id

    def render(self, name: str, **context: Any) -> str:
        """The page of that name."""
        return self._env.get_template(name).render(context)

    def _address(self, name: str, folder: str = "/static/") -> str:
        """Where an asset is, with a mark that changes when it does, so that it may be cached."""
        return f"{folder}{name}?{self._marks[name]}"


def keep_loaded() -> None:
    """What is loaded by now lives as long as the process: no collection looks through it again.

    Else every tenth page that handles thousands of rows waits for one, a fifth of a second.
    """
    gc.collect()
    gc.freeze()


@cache
def pages() -> Pages:
    """The pages of this program: read and compiled once, for they know no house."""
    return Pages()


def _assets() -> dict[str, bytes]:
    """The files of the static folder, and htmx from its package, by name."""
    found = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}
    spec = find_spec("js_lib_htmx")
    if spec is None or not spec.submodule_search_locations:
        # Every page works without it; only the refreshing by itself is gone.
        return {**found, "htmx.min.js": b""}
    folder = Path(spec.submodule_search_locations[0])
    return {**found, "htmx.min.js": (folder / "static" / "htmx" / "htmx.min.js").read_bytes()}
