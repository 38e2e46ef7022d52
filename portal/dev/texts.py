"""Texts of the pages: `python -m portal.dev.texts` compiles them, with `collect` it also collects.

German is the source and stands in code and templates. The catalogue of each further language is a
.po file below `portal/translations/`; what browsers get is the .mo compiled from it, which is not
committed.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from portal.core import i18n, paths

SOURCE = "de"
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "lazy_ngettext": (1, 2)}
METHODS = [
    ("portal/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
OPTIONS = {"templates/**.html": {"trimmed": "true"}, "templates/**.txt": {"trimmed": "true"}}


def catalogue_of(language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return paths.TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def languages() -> Iterator[str]:
    """Name the languages that need a catalogue."""
    return (language for language in i18n.LANGUAGES if language != SOURCE)


def in_source() -> Catalog:
    """Collect every message that code and templates show."""
    found = Catalog(locale=None, project="portal", fuzzy=False)
    for _, _, message, comments, context in extract_from_dir(
        paths.ROOT, METHODS, OPTIONS, KEYWORDS, directory_filter=_is_ours
    ):
        found.add(message, auto_comments=comments, context=context)
    return found


def _is_ours(folder: str) -> bool:
    top = Path(folder).relative_to(paths.ROOT).parts[:1]
    return not top or top[0] in {"portal", "templates"}


def read(language: str) -> Catalog:
    """Read the catalogue of a language; an empty one when there is none yet."""
    path = catalogue_of(language)
    source = path.read_bytes() if path.exists() else b""
    return read_po(io.BytesIO(source), locale=language)


def collect() -> None:
    """Bring every catalogue up to date: new messages are empty, old ones are dropped."""
    for language in languages():
        catalogue = read(language)
        catalogue.update(in_source(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        catalogue.header_comment = (
            "# Texts of the portal; German is the source (portal/dev/texts.py)."
        )
        path = catalogue_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, sort_output=True, omit_header=False, width=100)


def compile_all() -> None:
    """Compile the catalogues, unless they are newer than their source."""
    for language in languages():
        path = catalogue_of(language)
        compiled = path.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime:
            continue
        with compiled.open("wb") as file:
            write_mo(file, read(language))


if __name__ == "__main__":
    if "collect" in sys.argv[1:]:
        collect()
    compile_all()
