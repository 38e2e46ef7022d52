"""The walls around the process that opens foreign files.

bubblewrap gives it a system that it can only read, a folder of its own, no network and no sight of
anybody else's files or processes. Where it is missing or the kernel does not let it start, the
process leaves the network by itself (`unshare`) and keeps its limits; where it cannot even do that,
it is not started.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import portal
from portal.core.errors import Unavailable

NOBODY = "65534"
INSIDE = Path("/papers")
CODE, PACKAGES = Path("/code"), Path("/packages")
TEMPORARY_BYTES = 256 * 1024**2

_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    # One thread each: a pool of threads would reserve more memory than the process may have.
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Wall:
    """How the process is started: what stands before the interpreter, and what it is told."""

    before: tuple[str, ...]
    interpreter: str
    folder: Path
    environment: dict[str, str]

    @property
    def is_strong(self) -> bool:
        """Tell whether bubblewrap stands around the process."""
        return bool(self.before)

    def command(self, module: str, deed: str) -> list[str]:
        """Return the words that start a module on a deed."""
        wall = "walled" if self.is_strong else "open"
        return [*self.before, self.interpreter, "-P", "-m", module, deed, str(self.folder), wall]


def around(folder: Path) -> Wall:
    """Return the best walls that this machine has for a process that works in `folder`."""
    program = shutil.which("bwrap")
    if program and _starts(program):
        packages = [PACKAGES / str(number) for number, _ in enumerate(_package_folders())]
        return Wall(
            before=(program, *_arguments("--bind", str(folder), str(INSIDE))),
            interpreter=getattr(sys, "_base_executable", sys.executable),
            folder=INSIDE,
            environment=_with_path(INSIDE, CODE, *packages),
        )
    code = Path(portal.__file__).resolve().parent.parent
    return Wall((), sys.executable, folder, _with_path(folder, code))


def missing() -> Unavailable:
    """Make the error of a machine that has no walls at all."""
    return Unavailable(
        "Dateien können gerade nicht geöffnet werden. Bitte versuchen Sie es später noch einmal."
    )


def _with_path(home: Path, *folders: Path) -> dict[str, str]:
    return {**_ENVIRONMENT, "HOME": str(home), "PYTHONPATH": os.pathsep.join(map(str, folders))}


def _arguments(*work_folder: str) -> Iterator[str]:
    yield from ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent")
    yield from ("--new-session", "--uid", NOBODY, "--gid", NOBODY, "--hostname", "papers")
    yield from ("--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev")
    yield from ("--size", str(TEMPORARY_BYTES), "--tmpfs", "/tmp")  # noqa: S108 (its own, empty)
    yield from _readable()
    yield from (
        *work_folder,
        "--remount-ro",
        "/dev",
        "--remount-ro",
        "/",
        "--chdir",
        str(INSIDE),
        "--",
    )


def _readable() -> Iterator[str]:
    """Show what a program needs to start, for reading only: no homes, no data, no settings."""
    yield from _shown("/usr", "/usr")
    for folder in map(Path, _SYSTEM):
        if folder.is_symlink():
            yield from ("--symlink", str(folder.readlink()), str(folder))
        elif folder.is_dir():
            yield from _shown(folder, folder)
    for path in _SETTINGS:
        yield from ("--ro-bind-try", path, path)
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        yield from _shown(sys.base_prefix, sys.base_prefix)
    code = Path(portal.__file__).resolve().parent
    for name in ("__init__.py", "papers"):
        yield from _shown(code / name, CODE / "portal" / name)
    for number, folder in enumerate(_package_folders()):
        yield from _shown(folder, PACKAGES / str(number))


def _shown(path: Path | str, inside: Path | str) -> Sequence[str]:
    return ("--ro-bind", str(path), str(inside))


def _package_folders() -> list[Path]:
    """Return the folders of installed packages, those that a `.pth` file names among them."""
    own = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    named = {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    return [Path(path) for path in sorted(own | named) if Path(path).is_dir()]


_started: set[str] = set()


def _starts(program: str) -> bool:
    """Try whether bubblewrap can build its walls here; a yes is remembered."""
    if program not in _started:
        tried = subprocess.run(  # noqa: S603 (a fixed program)
            [program, *_arguments("--dir", str(INSIDE)), "/usr/bin/true"],
            env=_ENVIRONMENT,
            capture_output=True,
            check=False,
            timeout=10,
        )
        if tried.returncode == 0:
            _started.add(program)
    return program in _started
