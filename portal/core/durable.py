"""Writing a file so that a power cut leaves the old state or the whole new one, never a half."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write, fsync, rename, fsync the folder; a failure leaves no half file behind."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a rename alone does not survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
