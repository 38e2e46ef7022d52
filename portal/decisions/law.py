"""What each ruling needs and makes, when two people must look at it: dated rules as data.

Sources and their certainty: reference, domain, "Decisions and delivery", "Objection, review, court"
and "Application and award".
"""

from dataclasses import dataclass
from datetime import date

from portal.applications.models import Outcome
from portal.decisions.models import NoHearing, Ruling
from portal.postbox.models import LetterKind


@dataclass(frozen=True)
class RulingRule:
    """What follows from a ruling: the letter it makes, and what becomes of the application.

    Without `outcome` the application stays open. `is_warned` asks for the written notice of this
    very consequence with a period that is over (§ 66 (3) SGB I). `must_write` asks for words of its
    own, since no text block says which part is refused, or what is missing (§ 33 (1) SGB X).
    """

    letter: LetterKind
    template: str
    version: int
    outcome: Outcome | None
    answers_objection: bool = False
    gives: bool = False
    is_warned: bool = False
    must_write: bool = False


RULINGS: dict[Ruling, RulingRule] = {
    Ruling.GRANTED: RulingRule(LetterKind.DECISION, "decision", 2, Outcome.GRANTED, gives=True),
    Ruling.PARTLY_GRANTED: RulingRule(
        LetterKind.DECISION, "decision", 2, Outcome.PARTLY_GRANTED, gives=True, must_write=True
    ),
    Ruling.REJECTED: RulingRule(LetterKind.DECISION, "decision", 2, Outcome.REJECTED),
    Ruling.WITHHELD: RulingRule(
        LetterKind.DECISION, "decision", 2, Outcome.WITHHELD, is_warned=True, must_write=True
    ),
    Ruling.DEFERRED: RulingRule(LetterKind.INTERIM, "interim", 1, None),
    Ruling.REMEDIED: RulingRule(
        LetterKind.DECISION, "remedied", 2, Outcome.GRANTED, answers_objection=True, gives=True
    ),
    Ruling.PARTLY_REMEDIED: RulingRule(
        LetterKind.OBJECTION_RULING,
        "objection_ruling",
        2,
        Outcome.PARTLY_GRANTED,
        answers_objection=True,
        gives=True,
        must_write=True,
    ),
    Ruling.REFUSED: RulingRule(
        LetterKind.OBJECTION_RULING,
        "objection_ruling",
        2,
        Outcome.REJECTED,
        answers_objection=True,
    ),
}


@dataclass(frozen=True)
class ReleaseRule:
    """From which day which decisions need a second person: by their sum and by their kind."""

    valid_from: date
    total_cents: int
    rulings: frozenset[Ruling]
    is_intrusive: bool
    source: str


# No statute asks for it in a benefit office; who may sign for how much is a rule of each house [C].
# The sum is that of the whole award.
RELEASE_RULES = (
    ReleaseRule(
        date(2026, 7, 1),
        1_500_000,
        frozenset({Ruling.WITHHELD, Ruling.PARTLY_REMEDIED, Ruling.REFUSED}),
        is_intrusive=True,
        source="Regel des Hauses",
    ),
)


def release_rule(day: date) -> ReleaseRule:
    """Return the rule on the second person that holds on a day; before the first, the first."""
    held = [rule for rule in RELEASE_RULES if rule.valid_from <= day]
    return max(held, key=lambda rule: rule.valid_from) if held else RELEASE_RULES[0]


USUAL_MONTHS = 12
"""§ 41 (3) sentence 1 SGB II: an award is usually made for a year."""
PROVISIONAL_MONTHS = 6
"""§ 41 (3) sentence 2 no. 1 SGB II: for half a year where it is provisional (§ 41a)."""

ANSWER_OBJECTION_MONTHS = 3
"""§ 88 (2) SGG: then an action for failure to act can be brought."""
REINSTATEMENT_MONTHS = 1
"""§ 67 (2) SGG: one month after the obstacle has gone."""

# § 24 (2) SGB X, the numbers that can happen here; each is an exception to be explained.
NO_HEARING: dict[NoHearing, str] = {
    NoHearing.DANGER: "§ 24 Absatz 2 Nummer 1 SGB X",
    NoHearing.TIME_LIMIT: "§ 24 Absatz 2 Nummer 2 SGB X",
    NoHearing.OWN_WORDS: "§ 24 Absatz 2 Nummer 3 SGB X",
    NoHearing.MANY_ALIKE: "§ 24 Absatz 2 Nummer 4 SGB X",
    NoHearing.INCOME_CHANGE: "§ 24 Absatz 2 Nummer 5 SGB X",
}

COURT_BLOCK = "sozialgericht"
"""The text block with name and address of the social court, without which nothing is refused."""

MOST_AMOUNTS = 40
MOST_BLOCKS = 12
