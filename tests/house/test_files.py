"""How files are cut and named: short, no drawers, nothing of the machine they were written on."""

import ast
import re

import pytest

from portal.core import config
from tests.house.tree import ROOT, files, name, python_files

LONGEST = 500
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base"}
ALLOWED_NAMES = {"templates/layouts/base.html", "static/css/base.css"}
TOP_LEVEL = {
    "portal", "templates", "static", "migrations", "tests", "pyproject.toml", "README.md",
    "Makefile", "package.json", "package-lock.json", "requirements.txt", "requirements-dev.txt",
    "LICENSE", "CONTRIBUTING.md", "docs",
}  # fmt: skip
TEXT = {".py", ".html", ".css", ".js", ".txt", ".md", ".toml", ".yml", ".yaml", ".json", ".sql", ""}
WRITTEN_BY_TOOLS = {"package-lock.json", "requirements.txt", "requirements-dev.txt"}
# Built from pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(
    r"(?<![\w.~-])/(?:"
    + "|".join(["ho" + "me/[a-z]", "ro" + "ot/", "wo" + "rk/", "Us" + "ers/[A-Za-z]"])
    + ")"
)
SETTINGS_IN_README = re.compile(r"<!-- settings -->\n(.*?)\n<!-- /settings -->", re.DOTALL)


def test_top_level_is_fixed():
    assert {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - TOP_LEVEL <= {
        "node_modules", "build", "dist"
    }  # fmt: skip


def test_no_file_is_too_long():
    long = {
        name(path): count
        for path in files()
        if path.suffix in {".py", ".html", ".css", ".js"}
        if (count := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_no_file_is_a_drawer():
    found = [
        name(path)
        for path in files()
        if DRAWERS & {part.split(".")[0] for part in path.relative_to(ROOT).parts}
    ]
    assert set(found) - ALLOWED_NAMES == set()


def test_init_holds_one_line():
    wrong = [
        name(path)
        for path in python_files("portal")
        if path.name == "__init__.py" and not _is_one_docstring_line(path.read_text("utf-8"))
    ]
    assert wrong == []


def _is_one_docstring_line(source: str) -> bool:
    body = ast.parse(source).body
    return (
        len(body) == 1
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and len(source.strip().splitlines()) == 1
    )


def test_nothing_tells_of_the_machine_it_was_written_on():
    found = [
        f"{name(path)}:{number}"
        for path in files()
        if path.suffix in TEXT and name(path) not in WRITTEN_BY_TOOLS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_a_todo_names_an_issue():
    todo = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b(?!.*#\d)")
    found = [
        f"{name(path)}:{number}"
        for path in python_files("portal", "tests")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if todo.search(line)
    ]
    assert found == []


def test_the_readme_names_every_setting():
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.fail("README.md is missing")
    shown = SETTINGS_IN_README.search(readme.read_text("utf-8"))
    assert shown, "put the output of `python -m portal.core.config` between the settings marks"
    assert shown[1].strip() == config.table()
