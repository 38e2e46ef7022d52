"""`make bench`: run every `bench_*.py` beside this file and print one table.

A bench has `main()`: it yields figures, or prints a table of its own and returns an exit code.
Words on the command line choose the benches whose names hold one of them.
"""

import importlib
import os
import platform
import sys
import time
from pathlib import Path

from tests.bench.figures import Figure

HERE = Path(__file__).parent


def main() -> int:
    """Run what was chosen; an exception in one bench does not hide the others."""
    names = sorted(path.stem for path in HERE.glob("bench_*.py"))
    chosen = [name for name in names if not sys.argv[1:] or any(w in name for w in sys.argv[1:])]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    failed = 0
    for name in chosen:
        begun = time.monotonic()
        print(f"\n{name.removeprefix('bench_')} …", flush=True)
        try:
            answer = importlib.import_module(f"tests.bench.{name}").main()
            figures = [] if isinstance(answer, int) else list(answer or ())
            failed += answer if isinstance(answer, int) else 0
        except Exception as error:
            failed += 1
            print(f"  failed: {type(error).__name__}: {error}")
            continue
        _print(figures)
        print(f"  ({time.monotonic() - begun:.0f} s)", flush=True)
    if not chosen:
        print("nothing to measure")
    return 1 if failed else 0


def _print(figures: list[Figure]) -> None:
    rows = [("what", "measured", "bar", "")] + [figure.row for figure in figures]
    if not figures:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
