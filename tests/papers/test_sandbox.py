"""The process that opens foreign files: poor, short-lived, and alone (check 33)."""

import socket
import textwrap
import time
from pathlib import Path

import pytest

from portal.core.errors import Unavailable
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


@pytest.fixture(params=["bubblewrap", "unshare"])
def wall(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Build the walls of a machine with bubblewrap, and of one without."""
    if request.param == "unshare":
        monkeypatch.setattr(walls.shutil, "which", lambda name: None)
    return request.param


@pytest.fixture
def strong(tmp_path: Path) -> None:
    """Ask for bubblewrap: `.ci/system` installs it."""
    assert walls.around(tmp_path).is_strong


def test_check_33_it_gets_no_secrets(
    wall: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
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
        "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE",
    }  # fmt: skip


def test_check_33_it_has_no_network(
    wall: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run_instead(
        monkeypatch,
        tmp_path,
        """
        import pathlib, socket
        def look(folder, order):
            lines = pathlib.Path("/proc/self/net/dev").read_text().splitlines()[2:]
            reached = socket.socket().connect_ex(("127.0.0.1", int(order.types[0])))
            return {"devices": [line.split(":")[0].strip() for line in lines], "failed": reached}
        """,
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        seen = sandbox.run("look", tmp_path, [str(port)])
    assert set(seen["devices"]) <= {"lo"}
    assert seen["failed"] != 0, "a server of this machine cannot be reached"


def test_check_33_it_sees_nothing_of_the_house(
    strong: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither the data folder nor homes, settings, the code of the portal or other processes."""
    work, data = tmp_path / "work", tmp_path / "data"
    work.mkdir()
    data.mkdir()
    (data / "secret").write_text("do-not-tell")
    hidden = [data, tmp_path, Path.home() / ".ssh", Path.cwd() / "portal" / "core", "/etc/passwd"]
    run_instead(
        monkeypatch,
        work,
        """
        import os
        def look(folder, order):
            return {
                "seen": [path for path in order.types if os.path.exists(path)],
                "root": sorted(os.listdir("/")),
                "etc": os.listdir("/etc"),
                "code": sorted(os.listdir("/code/portal")),
                "processes": [name for name in os.listdir("/proc") if name.isdigit()],
                "who": os.getuid(),
            }
        """,
    )
    seen = sandbox.run("look", work, [str(path) for path in hidden])
    assert seen["seen"] == []
    assert not {"home", "work", "var", "srv", "opt", "run", "mnt"} & set(seen["root"])
    assert set(seen["etc"]) <= {"ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives"}
    assert {"__init__.py", "papers"} >= set(seen["code"]) - {"__pycache__"}
    assert len(seen["processes"]) <= 2
    assert seen["who"] != 0


def test_check_33_it_can_write_only_into_its_folder(
    strong: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run_instead(
        monkeypatch,
        tmp_path,
        """
        import os, pathlib
        def look(folder, order):
            written = []
            for place in order.types:
                try:
                    (pathlib.Path(place) / "x").write_text("x")
                    written.append(place)
                except OSError:
                    pass
            (folder / "mine").write_text("x")
            return {"written": written}
        """,
    )
    places = ["/", "/usr", "/usr/bin", "/etc", "/code/portal", "/packages/0", "/proc", "/dev"]
    assert sandbox.run("look", tmp_path, places)["written"] == []
    assert (tmp_path / "mine").read_text() == "x"


def test_where_there_are_no_walls_nothing_is_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(walls.shutil, "which", lambda name: None)
    run_instead(monkeypatch, tmp_path, "raise AssertionError('a parser was loaded')")
    main = tmp_path / "portal" / "papers" / "opening" / "__main__.py"
    code = main.read_text("utf-8")
    refusing = "unshare = lambda flags: -1\n    if unshare("
    assert code.count("    if unshare(") == 1
    main.write_text(code.replace("if unshare(", refusing), "utf-8")
    with pytest.raises(Unavailable, match="später noch einmal"):
        sandbox.run("look", tmp_path, [])


def test_bubblewrap_that_cannot_start_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(walls.shutil, "which", lambda name: "/bin/false")
    wall = walls.around(tmp_path)
    assert not wall.is_strong
    (tmp_path / "in-1").write_bytes(papers.pdf())
    assert sandbox.run("look", tmp_path, ["application/pdf"])["files"][0]["pages"] == 1


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("memory", "bytearray(4 * 1024**3)"),
        ("a big file", "open(folder / 'x', 'wb').truncate(400 * 1024**2)"),
        ("a crash", "__import__('os').abort()"),
        ("many files", "[open('/dev/null') for _ in range(100)]"),
    ],
)
def test_check_33_its_limits_end_it(
    wall: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str, code: str
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


def test_an_endless_loop_ends(wall: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sandbox.WALL_SECONDS, "look", 1)
    run_instead(
        monkeypatch,
        tmp_path,
        """
        import os, time
        def look(folder, order):
            if os.fork() == 0:
                while True:  # a child outlives its parent unless the walls fall with it
                    (folder / "beat").touch()
                    time.sleep(0.02)
            while True:
                pass
        """,
    )
    with pytest.raises(sandbox.Died, match="out of time"):
        sandbox.run("look", tmp_path, [])
    time.sleep(0.2)
    (tmp_path / "beat").unlink()
    time.sleep(0.3)
    assert not (tmp_path / "beat").exists(), "its children ended too"
