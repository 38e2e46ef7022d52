"""Which request a paper may answer: a guess from its kind, its name and its months, with reasons.

The guess is only ever offered, never carried out: a person says whether it is right.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from portal.casefiles import kinds, months
from portal.casefiles.models import Document, DocumentKind, EvidenceRequest
from portal.core import clock

ENOUGH = 3

# What people and programs call their files, as it looks without accents and in small letters.
SIGNS: dict[DocumentKind, tuple[str, ...]] = {
    DocumentKind.BANK_STATEMENTS: (
        "konto",
        "auszug",
        "auszuge",
        "umsatz",
        "sparkasse",
        "volksbank",
    ),
    DocumentKind.PAYSLIPS: ("lohn", "gehalt", "entgelt", "verdienst", "payslip"),
    DocumentKind.RENTAL_CONTRACT: ("mietvertrag",),
    DocumentKind.LANDLORD_CERTIFICATE: ("mietbescheinigung", "vermieter"),
    DocumentKind.UTILITY_BILL: ("nebenkosten", "betriebskosten"),
    DocumentKind.HEATING_BILL: ("heiz", "fernwarme", "gasabrechnung"),
    DocumentKind.ID_DOCUMENT: ("ausweis", "reisepass", "personalausweis"),
    DocumentKind.RESIDENCE_PERMIT: ("aufenthalt", "fiktionsbescheinigung"),
    DocumentKind.WORK_CONTRACT: ("arbeitsvertrag",),
    DocumentKind.TERMINATION_LETTER: ("kundigung", "aufhebungsvertrag"),
    DocumentKind.BENEFIT_NOTICE: ("bescheid", "wohngeld", "bafog"),
    DocumentKind.CHILD_BENEFIT_NOTICE: ("kindergeld", "familienkasse"),
    DocumentKind.SCHOOL_CERTIFICATE: ("schulbescheinigung", "schule", "immatrikulation"),
    DocumentKind.BIRTH_CERTIFICATE: ("geburtsurkunde",),
    DocumentKind.MEDICAL_CERTIFICATE: ("attest", "arztlich"),
    DocumentKind.SICK_NOTE: ("krankmeldung", "krankschreibung", "arbeitsunfahigkeit"),
    DocumentKind.DISABILITY_CARD: ("schwerbehindert",),
    DocumentKind.MATERNITY_RECORD: ("mutterpass",),
    DocumentKind.MAINTENANCE_TITLE: ("unterhalt",),
    DocumentKind.REGISTRATION: ("meldebescheinigung", "meldebestatigung"),
    DocumentKind.ENROLMENT: ("studienbescheinigung", "ausbildungsvertrag"),
    DocumentKind.UVG_NOTICE: ("unterhaltsvorschuss", "uvg"),
    DocumentKind.PARENTAL_BENEFIT_NOTICE: ("elterngeld",),
    DocumentKind.PENSION_NOTICE: ("rentenbescheid", "rente"),
    DocumentKind.INSURER_CERTIFICATE: ("krankenkasse", "mitgliedsbescheinigung"),
    DocumentKind.PKV_CERTIFICATE: ("pkv",),
    DocumentKind.INSURANCE_POLICY: ("versicherungsschein", "police"),
    DocumentKind.GUARDIANSHIP: ("betreuerausweis", "bestellungsurkunde"),
    DocumentKind.POWER_OF_ATTORNEY: ("vollmacht",),
    DocumentKind.SEPARATION: ("scheidung", "trennung"),
    DocumentKind.BUSINESS_REGISTRATION: ("gewerbeanmeldung", "gewerbeschein"),
    DocumentKind.BUSINESS_FIGURES: ("bwa", "einnahmenuberschuss"),
    DocumentKind.VEHICLE_PAPER: ("fahrzeugschein", "zulassungsbescheinigung"),
    DocumentKind.COMMUTE_PROOF: ("fahrkarte", "monatskarte", "deutschlandticket"),
    DocumentKind.DEATH_CERTIFICATE: ("sterbeurkunde",),
    DocumentKind.TRIP_CONFIRMATION: ("klassenfahrt", "ausflug"),
    DocumentKind.CLUB_CONFIRMATION: ("verein",),
    DocumentKind.TUTORING_CONFIRMATION: ("lernforderung", "nachhilfe"),
    DocumentKind.LUNCH_CONFIRMATION: ("mittagessen",),
    DocumentKind.ASSET_PROOF: ("depot", "sparbuch", "bausparen", "vermogen"),
}

_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            *("januar jan", "februar feb", "marz mrz maerz", "april apr", "mai", "juni jun"),
            *("juli jul", "august aug", "september sept sep", "oktober okt", "november nov"),
            "dezember dez",
        ),
        start=1,
    )
    for word in words.split()
}
_NUMBERS = re.compile(
    r"(?<!\d)(?:(20\d\d)[-_. ]?(0[1-9]|1[0-2])|(0[1-9]|1[0-2])[-_. ](20\d\d))(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


@dataclass(frozen=True)
class Paper:
    """What is known of a paper before anybody has read it."""

    kind: DocumentKind | None = None
    title: str = ""
    filename: str = ""
    months_from: date | None = None
    months_until: date | None = None


@dataclass(frozen=True)
class Fit:
    """How well a paper answers a request (more is better), and why, in words."""

    request: EvidenceRequest
    score: int
    reasons: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """Return the reasons as one line."""
        return ", ".join(self.reasons)


def fits(requests: Iterable[EvidenceRequest], paper: Paper) -> list[Fit]:
    """Return the requests that the paper may answer, the best first."""
    found = [fit for asked in requests if (fit := fit_of(asked, paper)) is not None]
    return sorted(found, key=lambda fit: -fit.score)


def paper_of(document: Document) -> Paper:
    """Return what is known of a document of the file."""
    return Paper(
        kind=document.kind,
        title=document.title,
        filename=document.filename,
        months_from=document.months_from,
        months_until=document.months_until,
    )


def score(asked: EvidenceRequest, paper: Paper) -> int:
    """Return how well the paper answers the request; 0 when it does not."""
    fit = fit_of(asked, paper)
    return fit.score if fit else 0


def fit_of(asked: EvidenceRequest, paper: Paper) -> Fit | None:
    """Return how the paper fits the request; nothing when it does not fit well enough."""
    score, reasons = 0, []
    if paper.kind is not None and paper.kind is not DocumentKind.OTHER:
        if paper.kind is not asked.kind:
            return None
        score += 4
        reasons.append(gettext("gleiche Art: %(kind)s", kind=kinds.NAMES[asked.kind]))
    words = _plain(f"{paper.title} {paper.filename}")
    if sign := _sign(asked, words):
        score += 3
        reasons.append(gettext("der Name enthält „%(word)s“", word=sign))
    span = _span(paper, words, today=clock.local_date(asked.asked_at))
    if asked.months_from is not None and span[0] is not None:
        if months.overlap((asked.months_from, asked.months_until), span):
            score += 2
            about = months.in_words(*span)
            reasons.append(gettext("Zeitraum passt: %(months)s", months=about))
        else:
            score -= 2
    return Fit(asked, score, tuple(reasons)) if score >= ENOUGH else None


def _sign(asked: EvidenceRequest, words: str) -> str | None:
    """Return the word of the name that points to the request; the most telling one."""
    named = [word for word in _plain(asked.title).split() if len(word) > 5 and word in words]
    of_kind: Sequence[str] = SIGNS.get(asked.kind, ())
    return next((word for word in (*named, *of_kind) if word in words), None)


def _span(paper: Paper, words: str, *, today: date) -> months.Months:
    if paper.months_from is not None:
        return paper.months_from, paper.months_until
    found = months_named(words, today=today)
    return (min(found), max(found)) if found else (None, None)


def months_named(words: str, *, today: date) -> list[date]:
    """Return the months that a name speaks of; without a year, the last one up to `today`."""
    plain = _plain(words)
    found = [
        date(int(match[1] or match[4]), int(match[2] or match[3]), 1)
        for match in _NUMBERS.finditer(plain)
    ]
    year = _YEAR.search(plain)
    for word in re.findall(r"[a-z]+", plain):
        if number := _MONTHS.get(word):
            here = date(int(year[0]) if year else today.year, number, 1)
            found.append(here if year or here <= today else months.shifted(here, -12))
    return sorted(set(found))


def _plain(words: str) -> str:
    """Return the words in small letters without accents, as both sides are compared."""
    taken_apart = unicodedata.normalize("NFKD", words.lower().replace("ß", "ss"))
    return "".join(sign for sign in taken_apart if not unicodedata.combining(sign))
