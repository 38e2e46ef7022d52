"""A folder with files, and the process that opens them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.papers import sandbox

Deed = Callable[..., dict[str, Any]]


@pytest.fixture
def do(tmp_path: Path) -> Deed:
    """Return a function that does a deed on files: `do("make", (bytes, type), …, pages=…)`."""

    def deed(name: str, *files: tuple[bytes, str], **wishes: Any) -> dict[str, Any]:
        for number, (content, _) in enumerate(files, 1):
            (tmp_path / f"in-{number}").write_bytes(content)
        return sandbox.run(name, tmp_path, [kind for _, kind in files], **wishes)

    return deed
