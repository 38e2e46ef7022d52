"""What an officer types into a decision, as the forms hand it to the deeds."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.decisions.models import NoHearing, Ruling


@dataclass(frozen=True)
class TypedAmount:
    """One line as it was typed: without months it is for the whole award."""

    person: str
    cents: int
    first_month: date | None = None
    last_month: date | None = None


@dataclass(frozen=True)
class Typed:
    """Everything the officer has typed into a decision."""

    ruling: Ruling | None = None
    award_from: date | None = None
    award_until: date | None = None
    amounts: tuple[TypedAmount, ...] = ()
    is_provisional: bool = False
    provisional_why: str | None = None
    legal_basis: str | None = None
    blocks: tuple[str, ...] = ()
    reasons: str | None = None
    is_intrusive: bool = False
    hearing_id: UUID | None = None
    no_hearing: NoHearing | None = None
    warned_on: date | None = None
    warned_until: date | None = None
    discretion: str | None = None
    is_abroad: bool = False
