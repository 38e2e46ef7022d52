"""A portal that waits only seconds for who sends next to nothing."""

from portal.uploads import receiving
from tests.casefiles.serving import application

__all__ = ["application"]

receiving.SILENT_SECONDS = 3
receiving.PIECE_SECONDS = 1.0
