"""The logic of the browser's scripts that needs no browser: `tests/js/`, run by Node."""

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
