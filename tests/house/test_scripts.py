"""The logic of the browser's scripts that needs no browser: `tests/js/`, run by Node."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

FILES = sorted((ROOT / "tests" / "js").glob("*.test.js"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_script(file: Path) -> None:
    done = subprocess.run(
        ["node", "--test", file], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_page_is_waited_for_with_a_function() -> None:
    """Its policy allows no second look at words: a string is right only if it is true at once."""
    words = re.compile(r"wait_for_function\(\s*f?\"(?!\(|async )")
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert [path.name for path in tests if words.search(path.read_text("utf-8"))] == []
