"""Style sheets and scripts of the house, as few answers that a browser may keep for good.

There is no build step. The style sheets below `static/css/` go out as one, in a fixed order, under
an address that changes with their content. Scripts are ES modules; an import map gives each of them
its fingerprint, so that `import("./chat.js")` never finds an old copy.
"""

import functools
import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.core import paths
from portal.core.access import anyone
from portal.core.errors import NotFound
from portal.core.templating import static_url

_GROUND = ("tokens.css", "base.css", "layout.css")
_LAST = ("print.css",)
_PICTURE = re.compile(r'url\("(?:\.\./)+(img/[^"]+)"\)')

Stamp = tuple[tuple[Path, int], ...]


def _once_a_second(look: Callable[[], Stamp]) -> Callable[[], Stamp]:
    """Look at the files at most once a second: asking for all of them costs more than a page."""
    seen: tuple[int, Stamp] | None = None

    @functools.wraps(look)
    def looked() -> Stamp:
        nonlocal seen
        second = int(time.monotonic())
        if seen is None or seen[0] != second:
            seen = (second, look())
        return seen[1]

    return looked


def _stamp(files: list[Path]) -> Stamp:
    return tuple((file, file.stat().st_mtime_ns) for file in files)


@_once_a_second
def _style_sheets() -> Stamp:
    folder = paths.STATIC / "css"
    components = sorted((folder / "components").glob("*.css"))
    ground = [folder / name for name in _GROUND]
    return _stamp([*ground, *components, *(folder / name for name in _LAST)])


@_once_a_second
def _scripts() -> Stamp:
    return _stamp(sorted((paths.STATIC / "js").rglob("*.js")))


@functools.lru_cache(maxsize=2)
def _joined(sheets: Stamp) -> tuple[str, str]:
    """Return the joined style sheet and its mark; pictures in it get their fingerprint."""
    text = "\n".join(file.read_text("utf-8") for file, _ in sheets)
    css = _PICTURE.sub(lambda found: f'url("{static_url(found[1])}")', text)
    return css, hashlib.sha256(css.encode()).hexdigest()[:12]


@functools.lru_cache(maxsize=2)
def _mapped(scripts: Stamp) -> Markup:
    names = [file.relative_to(paths.STATIC).as_posix() for file, _ in scripts]
    imports = {url_for("static", filename=name): static_url(name) for name in names}
    text = json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 (our own file names)


@anyone
def style_sheet(mark: str) -> ResponseReturnValue:
    """Send all style sheets of the house as one."""
    css, current = _joined(_style_sheets())
    if mark != current:
        raise NotFound
    answer = Response(css, content_type="text/css; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def style_url() -> str:
    """Return the address of the joined style sheet."""
    return url_for("style_sheet", mark=_joined(_style_sheets())[1])


def import_map() -> Markup:
    """Return the import map that gives each script of the house its fingerprint."""
    return _mapped(_scripts())


def init_app(app: Flask) -> None:
    """Serve the style sheet; templates ask `style_url()` and `import_map()`."""
    app.add_url_rule("/static/css/portal-<string:mark>.css", "style_sheet", style_sheet)
    app.jinja_env.globals |= {"style_url": style_url, "import_map": import_map}
