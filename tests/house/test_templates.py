"""Every template compiles, every page has a title, nothing is written past the design system."""

import re
from pathlib import Path

import pytest
from flask import Flask

from portal.core import paths

PAGES = sorted(paths.TEMPLATES.rglob("*.html"))
IMPORT = re.compile(r"{%-?\s*from\s+\"(?P<file>[^\"]+)\"\s+import\s+(?P<names>[^%]+?)\s*-?%}")
NOT_PAGES = {"layouts", "components", "messages", "pdf", "letters", "dev"}


def name(path: Path) -> str:
    """Return the path of a template as Jinja names it."""
    return path.relative_to(paths.TEMPLATES).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_compiles(path: Path, rolled_back_app: Flask) -> None:
    rolled_back_app.jinja_env.get_template(name(path))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_uses_what_it_imports(path: Path) -> None:
    source = path.read_text("utf-8")
    for found in IMPORT.finditer(source):
        for imported in found["names"].removesuffix(" with context").split(","):
            word = imported.split(" as ")[-1].strip()
            assert len(re.findall(rf"\b{word}\b", source)) > 1, f"{word} is imported, not used"


@pytest.mark.parametrize(
    "path",
    [p for p in PAGES if name(p).split("/")[0] not in NOT_PAGES and not p.name.startswith("_")],
    ids=name,
)
def test_has_a_title(path: Path) -> None:
    source = path.read_text("utf-8")
    assert "block title" in source or "set heading" in source, "no title"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_asks_for_rights_not_for_roles(path: Path) -> None:
    assert not re.search(r"\.role\s*(==|!=|in\b)", path.read_text("utf-8")), 'ask `can("…")`'


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_no_inline_script_or_style(path: Path) -> None:
    source = path.read_text("utf-8")
    if name(path).split("/")[0] == "messages":
        return
    assert not re.search(r"\sstyle=", source), "inline style"
    assert not re.search(r"\son[a-z]+=\"", source), "inline handler"
    assert "|safe" not in source.replace(" ", ""), "|safe"
    for script in re.finditer(r"<script(?P<attributes>[^>]*)>", source):
        assert re.search(r"src=|application/json|\"importmap\"", script["attributes"])
