"""The memory of a running process, as somebody with the machine in hands would read it."""

import base64
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

CHUNK = 8 * 1024 * 1024


def family(pid: int) -> list[int]:
    """Return a process and everything that it started."""
    found, parents = [pid], {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(stat[1])
    while more := [it for it, parent in parents.items() if parent in found and it not in found]:
        found += more
    return found


def holds(pid: int, secrets: Sequence[bytes]) -> list[bytes]:
    """Return which secrets stand in the memory of a process, as bytes, hex or base64."""
    forms = {
        form: secret
        for secret in secrets
        for form in (secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"="))
    }
    overlap = max(map(len, forms)) - 1
    found: set[bytes] = set()
    for area in _areas(pid):
        tail = b""
        for chunk in area:
            text = tail + chunk
            found |= {secret for form, secret in forms.items() if form in text}
            tail = text[-overlap:]
    return sorted(found)


def _areas(pid: int) -> Iterator[Iterator[bytes]]:
    """Walk the readable areas of a process (proc(5))."""
    lines = Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in lines:
            span, rights = line.split()[:2]
            if not rights.startswith("r") or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            begin, end = (int(it, 16) for it in span.split("-"))
            yield _chunks(memory.fileno(), begin, end)


def _chunks(file: int, begin: int, end: int) -> Iterator[bytes]:
    while begin < end:
        try:
            chunk = os.pread(file, min(CHUNK, end - begin), begin)
        except OSError:
            return
        if not chunk:
            return
        yield chunk
        begin += len(chunk)
