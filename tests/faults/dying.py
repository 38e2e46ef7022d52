"""A portal whose process dies right after a file is in the store, before its row is committed."""

import os
import signal
from collections.abc import Iterable

from portal.core import storage
from portal.uploads import receiving
from tests.casefiles.serving import application

__all__ = ["application"]

_put = storage.FolderStore.put
_left = [int(os.environ["PORTAL_TEST_DIE_AFTER"])]


def _put_and_die(self: storage.FolderStore, key: str, chunks: Iterable[bytes]) -> None:
    _put(self, key, chunks)
    _left[0] -= 1
    if _left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)


receiving.PIECE_BYTES = 4 * 1024 * 1024
storage.FolderStore.put = _put_and_die  # type: ignore[method-assign]
