"""The wheel: it holds everything, and works in an empty folder without the repository."""

import os
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from tests.house.tree import ROOT, files
from tests.processes.running import free_port, wait_for

pytestmark = pytest.mark.slow

START_PATIENCE = 300.0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as `make wheel` does."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a new environment; return its `portal` command.

    The packages it depends on are taken from the environment of this test run, by a path file; the
    repository itself is not on any path.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    subprocess.run(
        [*pip, "install", "-q", "--no-deps", "--no-index", wheel], check=True, capture_output=True
    )
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "bin" / "portal"


def _clean_environment() -> dict[str, str]:
    hidden = ("PORTAL_", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


def test_wheel_holds_all_that_is_not_python(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("templates", "static", "migrations"):
        wanted = {
            f"portal/_shipped/{path.relative_to(ROOT).as_posix()}" for path in files(ROOT / folder)
        }
        assert wanted - names == set()
    assert any(name.startswith("portal/_shipped/static/vendor/") for name in names), (
        "run `make vendor`"
    )
    catalogues = {name.removesuffix(".po") for name in names if name.endswith(".po")}
    assert {f"{name}.mo" for name in catalogues} - names == set(), "run `make vendor`"
    assert not any(name.startswith(("tests/", "node_modules/")) for name in names)


@pytest.fixture
def started(installed: Path, tmp_path: Path) -> Iterator[tuple[psutil.Popen, int, Path]]:
    """Start the demo from the wheel in an empty folder."""
    port, log = free_port(), tmp_path / "portal.log"
    empty = tmp_path / "empty"
    empty.mkdir()
    with log.open("wb") as output:
        process = psutil.Popen(
            [installed, "up", "--demo", "--data", tmp_path / "data", "--port", str(port)],
            cwd=empty, env=_clean_environment(), stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    yield process, port, log
    if process.poll() is None:
        process.terminate()
        process.wait(30)


def test_wheel_works_in_an_empty_folder(started: tuple[psutil.Popen, int, Path]):
    process, port, log = started
    wait_for(lambda: "Bereit nach" in log.read_text() or process.poll() is not None, START_PATIENCE)
    assert process.poll() is None, log.read_text()

    with urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
        assert page.status == 200
        assert "<h1" in page.read().decode()
    everything = [process, *process.children(recursive=True)]

    process.send_signal(signal.SIGINT)

    assert process.wait(30) == 0, log.read_text()
    assert psutil.wait_procs(everything, timeout=5)[1] == []
