"""Periods and notices of consequences: dated rules as data.

Sources and certainty: reference, domain, "Appointments and cuts" and "Decisions and delivery". A
rule holds from its first day until the next begins. What is a house rule says so. How long before
an appointment a summons must count stands in `appointments.law`, where the fairness check reads it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from portal.appointments.law import Period
from portal.invitations.models import Purpose

# Voluntary invitations: house rules, after what RDV-Insertion found to work (reference,
# appointments-video, section 1).
USUAL_ANSWER = timedelta(days=10)
SHORTEST_ANSWER = timedelta(days=5)
LONGEST_ANSWER = timedelta(days=28)
REMIND_AFTER = timedelta(days=3)
REMIND_WITH_LEFT = timedelta(days=2)
ONE_NOTICE_PER = timedelta(hours=24)

# Words that have no place in an invitation: whoever means them writes a summons.
THREATS = (
    "sanktion", "rechtsfolge", "leistungsminderung", "minderung", "mindern", "kürz", "gekürzt",
    "meldeaufforderung", "meldeversäumnis", "verpflichtet", "§ 32", "§ 31", "§ 309", "§ 59",
)  # fmt: skip

# "Reasonable" (§ 24 (1) SGB X with § 26 (1)); two weeks are practice.
HEARING_PERIOD = (Period(date(2005, 1, 1), 14, "§ 24 SGB X, übliche Frist", "C"),)
HEARING_EXTENSION = (Period(date(2005, 1, 1), 14, "§ 26 Absatz 7 SGB X, einmal auf Wunsch", "C"),)

PURPOSES: dict[Purpose, str] = {
    Purpose.ADVICE: "Berufsberatung",
    Purpose.PLACEMENT: "Vermittlung in Ausbildung oder Arbeit",
    Purpose.MEASURES: "Vorbereitung aktiver Arbeitsförderungsleistungen",
    Purpose.DECISIONS: "Vorbereitung von Entscheidungen im Leistungsverfahren",
    Purpose.CONDITIONS: "Prüfung, ob die Voraussetzungen für den Leistungsanspruch vorliegen",
}
"""The closed list of § 309 (2) SGB III, as the letter names it."""


@dataclass(frozen=True)
class Consequences:
    """The notice of consequences (Rechtsfolgenbelehrung) of a summons, word for word.

    It holds for appointments from `valid_from` on: the day of the miss decides (§ 65a SGB II).
    """

    valid_from: date
    sentences: tuple[str, ...]
    source: str


CONSEQUENCES = (
    # Old § 32 SGB II, from knowledge and not looked up again: [C].
    Consequences(
        date(2023, 1, 1),
        (
            (
                "Kommen Sie ohne wichtigen Grund nicht, wird Ihr Regelbedarf für einen Monat um"
                " 10 Prozent gemindert (§ 32 SGB II in der Fassung bis 30. Juni 2026)."
            ),
            (
                "Mehrere Minderungen dürfen zusammen 30 Prozent Ihres Regelbedarfs nicht"
                " übersteigen (§ 31a SGB II). Ihre Kosten für Unterkunft und Heizung werden"
                " nicht gemindert."
            ),
            "Wäre die Minderung im Einzelfall eine außergewöhnliche Härte, tritt sie nicht ein.",
        ),
        "§ 65a SGB II mit § 32 SGB II in der Fassung bis 30.06.2026",
    ),
    # § 32 and § 7b (4) since 1 July 2026: [A]. Over which time misses count as repeated is open
    # ([D]), so the notice names no period.
    Consequences(
        date(2026, 7, 1),
        (
            (
                "Kommen Sie zum ersten Mal ohne wichtigen Grund nicht, wird Ihre Leistung nicht"
                " gemindert."
            ),
            (
                "Kommen Sie wiederholt ohne wichtigen Grund nicht, obwohl Sie diese Belehrung"
                " bekommen haben, wird Ihr Regelbedarf für einen Monat um 30 Prozent gemindert"
                " (§ 32 SGB II). Ihre Kosten für Unterkunft und Heizung werden dabei nicht"
                " gemindert."
            ),
            (
                "Kommen Sie dreimal hintereinander ohne wichtigen Grund nicht, gelten Sie als nicht"
                " erreichbar. Ihr Anspruch entfällt dann ab dem nächsten Monat. In diesem Monat"
                " zahlen wir noch die Kosten der Unterkunft an Ihren Vermieter und einen Euro."
                " Melden Sie sich in diesem Monat persönlich bei uns, behalten Sie den Anspruch,"
                " gemindert um 30 Prozent des Regelbedarfs (§ 7b Absatz 4 SGB II)."
            ),
            "Wäre die Minderung im Einzelfall eine außergewöhnliche Härte, tritt sie nicht ein.",
        ),
        "§ 32, § 7b Absatz 4 und § 31a SGB II in der Fassung ab 01.07.2026",
    ),
)


def consequences(day: date) -> Consequences:
    """Return the notice for an appointment on `day`."""
    return max(
        (one for one in CONSEQUENCES if one.valid_from <= day), key=lambda one: one.valid_from
    )
