"""When a letter counts as announced, and what a consent says: dated rules as data.

A rule holds from its first day until the next one begins. Sources and their certainty: reference,
domain, "Decisions and delivery".
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.accounts.models import Power, RepresentationKind
from portal.postbox.models import LetterKind


@dataclass(frozen=True)
class DeliveryRule:
    """After how many calendar days a letter that was sent counts as announced."""

    valid_from: date
    days: int
    source: str


# The day does not move to a working day: BSG of 6 May 2010, B 14 AS 12/09 R.
# The third day until the end of 2024 is certain by two public sources, not by the statute's text.
DELIVERY_RULES = (
    DeliveryRule(date(1981, 1, 1), 3, "§ 37 Absatz 2 SGB X in der Fassung bis 31.12.2024"),
    DeliveryRule(date(2025, 1, 1), 4, "§ 37 Absatz 2 SGB X"),
)
PORTAL_RULES = (
    DeliveryRule(date(2017, 1, 1), 3, "§ 37 Absatz 2a SGB X in der Fassung bis 31.12.2024"),
    DeliveryRule(date(2025, 1, 1), 4, "§ 37 Absatz 2a SGB X"),
)


def in_force(rules: tuple[DeliveryRule, ...], day: date) -> DeliveryRule:
    """Return the rule that holds for what was sent on `day`."""
    return max((rule for rule in rules if rule.valid_from <= day), key=lambda rule: rule.valid_from)


# Who says that a letter came later need not prove it: in doubt the office proves when it came
# (§ 37 (2) SGB X), and of what lies in the portal the day of opening counts (§ 37 (2a) SGB X). So
# the day that is told counts at once, and the office may note another one, with its reason.
ARRIVAL = "§ 37 Absatz 2 SGB X"
ARRIVAL_IN_PORTAL = "§ 37 Absatz 2a SGB X"
ARRIVAL_ABROAD = "§ 37 Absatz 2 Satz 1 SGB X gilt nur im Inland"
MOST_TOLD = 5
"""So often can a reader say when one letter came."""


class Remedy(StrEnum):
    """What one can do against an administrative act: object, or go to the social court."""

    OBJECTION = "objection"
    COURT = "court"


@dataclass(frozen=True)
class Term:
    """How long a remedy is open, counted in months from the day a letter counts, and by what."""

    months: int
    source: str


TERMS = {
    Remedy.OBJECTION: Term(1, "§ 84 Absatz 1 SGG"),
    Remedy.COURT: Term(1, "§ 87 Absatz 1 SGG"),
}
ABROAD = {
    Remedy.OBJECTION: Term(3, "§ 84 Absatz 1 Satz 2 SGG"),
    Remedy.COURT: Term(3, "§ 87 Absatz 1 Satz 2 SGG"),
}
WITHOUT_INSTRUCTION = Term(12, "§ 66 Absatz 2 SGG")
"""A missing or wrong instruction gives a year, inside and outside the country."""


def term(remedy: Remedy, *, is_instructed: bool, is_abroad: bool) -> Term:
    """Return how long a remedy against a letter is open."""
    if not is_instructed:
        return WITHOUT_INSTRUCTION
    return ABROAD[remedy] if is_abroad else TERMS[remedy]


class Represented(StrEnum):
    """What becomes of a letter when somebody acts for the person by law or power of attorney."""

    AS_EVER = "as_ever"
    COPY = "copy"
    ADDRESSED = "addressed"


@dataclass(frozen=True)
class KindRule:
    """What a kind of letter needs: consent for the portal, a proof, an instruction on objection."""

    needs_consent: bool
    is_followed: bool
    is_administrative_act: bool
    represented: Represented = Represented.AS_EVER
    remedy: Remedy | None = None


# An invitation announces nothing and binds nobody, so § 37 SGB X does not ask for a consent. A
# hearing (§ 24 SGB X) is no administrative act either, but a period runs from it: it is delivered
# with the same care.
#
# § 13 (3) SGB X: the office must turn to the representative. To the person it may turn where they
# themselves must cooperate, and tells the representative: so a summons goes to who has to come,
# with a copy. That a copy of all others goes to the person is a rule of the house.
KINDS: dict[LetterKind, KindRule] = {
    LetterKind.INVITATION: KindRule(
        needs_consent=False, is_followed=False, is_administrative_act=False
    ),
    LetterKind.SUMMONS: KindRule(
        needs_consent=True,
        is_followed=True,
        is_administrative_act=True,
        represented=Represented.COPY,
        remedy=Remedy.OBJECTION,
    ),
    LetterKind.HEARING: KindRule(
        needs_consent=True,
        is_followed=True,
        is_administrative_act=False,
        represented=Represented.ADDRESSED,
    ),
    LetterKind.DECISION: KindRule(
        needs_consent=True,
        is_followed=True,
        is_administrative_act=True,
        represented=Represented.ADDRESSED,
        remedy=Remedy.OBJECTION,
    ),
    # It says why there is no decision yet and rules nothing: no remedy, no period.
    LetterKind.INTERIM: KindRule(
        needs_consent=True,
        is_followed=True,
        is_administrative_act=False,
        represented=Represented.ADDRESSED,
    ),
    LetterKind.OBJECTION_RULING: KindRule(
        needs_consent=True,
        is_followed=True,
        is_administrative_act=True,
        represented=Represented.ADDRESSED,
        remedy=Remedy.COURT,
    ),
}


@dataclass(frozen=True)
class AddresseeRule:
    """Which kind of representative letters turn to, if they may do this much."""

    kind: RepresentationKind
    power: Power
    source: str


# A power of attorney for the proceedings: certain [A]. A guardian whose areas include dealing with
# authorities stands in the place of the person (§ 1823 BGB); that letters must go to them is how we
# read it [C]. Companions, helpers and members of the household are nobody's address: § 38 SGB II
# presumes a power to ask for benefits and to receive them, and knows no such duty [C].
ADDRESSEES = (
    AddresseeRule(
        RepresentationKind.GUARDIAN, Power.SEND, "§§ 1814, 1823 BGB mit § 13 Absatz 3 SGB X"
    ),
    AddresseeRule(RepresentationKind.POWER_OF_ATTORNEY, Power.SEND, "§ 13 Absatz 3 SGB X"),
)

# House rules: nobody who has not opened a letter is left with the portal alone.
SECOND_CHANNEL_AFTER = timedelta(days=7)
PRINT_AFTER_SECOND = timedelta(days=3)


@dataclass(frozen=True)
class ConsentText:
    """The sentences that a citizen agrees to, word for word; a new wording is a new version.

    Who agreed to it gets letters in the portal until they take it back. `carries_until` ends that
    for all of them: set it when the law asks for more than these sentences say.
    """

    version: int
    valid_from: date
    sentences: tuple[str, ...]
    carries_until: date | None = None


# Never tied to anything else (reference, domain, finding 4). Sentences are kept in German, as they
# were agreed to.
CONSENTS = (
    ConsentText(
        1,
        date(2026, 7, 1),
        (
            (
                "Ich möchte Briefe und Bescheide des Jobcenters hier im Portal bekommen und nicht"
                " mit der Post."
            ),
            (
                "Zu jedem neuen Brief schickt mir das Jobcenter eine Nachricht an meine"
                " E-Mail-Adresse oder mein Handy."
            ),
            (
                "Ein Brief gilt am vierten Tag nach dem Absenden dieser Nachricht als bekannt"
                " gegeben (§ 37 Absatz 2a SGB X). Ab dann laufen Fristen, auch wenn ich ihn nicht"
                " geöffnet habe."
            ),
            "Ich sehe deshalb regelmäßig in mein Postfach und halte meine Adresse aktuell.",
            (
                "Ich kann das jederzeit widerrufen, mit einem Klick und ohne Grund. Dann kommen die"
                " nächsten Briefe mit der Post."
            ),
        ),
    ),
)


def consent_text(version: int) -> ConsentText:
    """Return the text of a version."""
    return next(text for text in CONSENTS if text.version == version)


def present_consent(today: date) -> ConsentText:
    """Return the text that is offered today."""
    return max(
        (text for text in CONSENTS if text.valid_from <= today), key=lambda text: text.version
    )
