"""The process that opens foreign files: poor, short-lived, and alone."""

import textwrap
from pathlib import Path

import pytest

from portal.papers import sandbox, walls
from tests.factories import papers


def run_instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Put a program in the place of the parsers, behind the same limits."""
    package = tmp_path / "portal" / "papers" / "opening"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").touch()
    real = Path(sandbox.__file__).parent
    for name in ("order.py", "opening/__main__.py"):
        (package.parent / name).write_text((real / name).read_text("utf-8"))
    (package / "looking.py").write_text(textwrap.dedent(code))
    monkeypatch.setattr(walls.portal, "__file__", str(package.parent.parent / "__init__.py"))


def test_it_gets_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "do-not-tell")
    run_instead(
        monkeypatch,
        tmp_path,
        """
        import os
        def look(folder, order):
            return {"environment": sorted(os.environ)}
        """,
    )
    seen = sandbox.run("look", tmp_path, [])["environment"]
    assert set(seen) <= {
        "PYTHONPATH", "LANG", "PATH", "LC_CTYPE", "HOME", "PWD", "OMP_THREAD_LIMIT",
        "OPENBLAS_NUM_THREADS",
    }  # fmt: skip


def test_it_has_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run_instead(
        monkeypatch,
        tmp_path,
        """
        import pathlib
        def look(folder, order):
            lines = pathlib.Path("/proc/self/net/dev").read_text().splitlines()[2:]
            return {"devices": [line.split(":")[0].strip() for line in lines]}
        """,
    )
    assert set(sandbox.run("look", tmp_path, [])["devices"]) <= {"lo"}


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("memory", "bytearray(4 * 1024**3)"),
        ("a big file", "open(folder / 'x', 'wb').truncate(400 * 1024**2)"),
        ("a crash", "__import__('os').abort()"),
        ("many files", "[open('/dev/null') for _ in range(100)]"),
    ],
)
def test_its_limits_end_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str, code: str
) -> None:
    run_instead(
        monkeypatch,
        tmp_path,
        f"""
        def look(folder, order):
            kept = {code}
            return {{}}
        """,
    )
    with pytest.raises(sandbox.Died):
        sandbox.run("look", tmp_path, [])


def test_an_endless_loop_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sandbox.WALL_SECONDS, "look", 1)
    run_instead(
        monkeypatch,
        tmp_path,
        """
        def look(folder, order):
            while True:
                pass
        """,
    )
    with pytest.raises(sandbox.Died, match="out of time"):
        sandbox.run("look", tmp_path, [])


def test_a_pdf_of_very_many_pages_is_refused_in_time(tmp_path: Path) -> None:
    (tmp_path / "in-1").write_bytes(papers.pdf_of_empty_pages(20_000))
    assert sandbox.run("look", tmp_path, ["application/pdf"])["fault"] == "too_many_pages"
