"""The files of the repository, as a fresh clone has them: nothing that `make` has put there."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE = {".git", ".venv", ".data", "node_modules", "build", "dist", ".screenshots", "__pycache__"}
MADE |= {".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis"}
MADE_BELOW = {"static/vendor"}


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Yield every file, in a fixed order."""
    for path in sorted(folder.iterdir()):
        if path.name in MADE or path.relative_to(ROOT).as_posix() in MADE_BELOW:
            continue
        if path.is_dir():
            yield from files(path)
        elif path.is_file():
            yield path


def python_files(*folders: str) -> list[Path]:
    """Return the modules below these folders."""
    return [path for folder in folders for path in files(ROOT / folder) if path.suffix == ".py"]


def name(path: Path) -> str:
    """Name a file from the root of the repository."""
    return path.relative_to(ROOT).as_posix()
