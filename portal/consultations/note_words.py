"""The words of a note as values: topics, what was said, who does what until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.consultations.models import Doer


@dataclass(frozen=True)
class Step:
    """Who does what until when; without a day it is done as soon as it can be."""

    who: Doer
    what: str
    until: date | None = None


@dataclass(frozen=True)
class NoteWords:
    """What stands in a note: the topics, what was said, and what was agreed."""

    agenda: str = ""
    note: str = ""
    steps: Sequence[Step] = ()
