"""Every test of the portal: what needs no browser, then browsers and real processes, then the rest.

The first two share the machine among two workers. What is marked `alone` comes last and by itself:
talks over lines that are weak or break, a portal that is killed process by process, doors that must
stay quick.
Arguments go to pytest. The last line sums all runs up; the exit code is zero only when all went
well.
"""

import re
import subprocess
import sys
import time
from collections import Counter

NO_TESTS_FOUND = 5
# A file stays together with its browser, and the long ones do not come last.
BY_FILE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
RUNS = (
    ("-n", "2", "--dist", "worksteal", "-m", "not browser and not slow"),
    (*BY_FILE, "-p", "no:randomly", "-m", "(browser or slow) and not alone"),
    ("-p", "no:randomly", "-m", "alone"),
)
SUMMARY = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|warnings?)")


def main() -> int:
    """Run all parts, whatever the first one says."""
    begun = time.monotonic()
    total: Counter[str] = Counter()
    codes = []
    for options in RUNS:
        code, summary = _pytest(*options, *sys.argv[1:])
        codes.append(0 if code == NO_TESTS_FOUND else code)
        total += summary
    counts = ", ".join(f"{number} {word}" for word, number in sorted(total.items()))
    print(f"{counts or 'no tests'} in {time.monotonic() - begun:.2f}s", flush=True)
    return max(codes)


def _pytest(*options: str) -> tuple[int, Counter[str]]:
    """Run pytest, show what it prints as it prints it, and read the counts off its last line."""
    command = [sys.executable, "-m", "pytest", *options]
    tail = b""
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(4096):
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            tail = (tail + piece)[-4096:]
    last = tail.decode(errors="replace").strip().rpartition("\n")[2]
    found = {_one(word): int(number) for number, word in SUMMARY.findall(last)}
    return abs(process.returncode), Counter(found)


def _one(word: str) -> str:
    return word.rstrip("s") if word.startswith(("error", "warning")) else word


if __name__ == "__main__":
    sys.exit(main())
