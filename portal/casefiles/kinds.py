"""The German words for what lies in the file: kinds of documents, states, reasons to ask again."""

from collections.abc import Sequence

from flask_babel import LazyString, force_locale, gettext, lazy_gettext

from portal.casefiles.models import (
    Channel,
    Document,
    DocumentKind,
    DocumentState,
    EvidenceAnswer,
    RequestState,
    Verdict,
)

NAMES: dict[DocumentKind, LazyString] = {
    DocumentKind.BANK_STATEMENTS: lazy_gettext("Kontoauszüge der letzten drei Monate"),
    DocumentKind.PAYSLIPS: lazy_gettext("Lohnabrechnung"),
    DocumentKind.RENTAL_CONTRACT: lazy_gettext("Mietvertrag"),
    DocumentKind.LANDLORD_CERTIFICATE: lazy_gettext("Mietbescheinigung"),
    DocumentKind.UTILITY_BILL: lazy_gettext("Nebenkostenabrechnung"),
    DocumentKind.HEATING_BILL: lazy_gettext("Heizkostenabrechnung"),
    DocumentKind.ID_DOCUMENT: lazy_gettext("Ausweis oder Pass"),
    DocumentKind.RESIDENCE_PERMIT: lazy_gettext("Aufenthaltstitel"),
    DocumentKind.WORK_CONTRACT: lazy_gettext("Arbeitsvertrag"),
    DocumentKind.TERMINATION_LETTER: lazy_gettext("Kündigung"),
    DocumentKind.BENEFIT_NOTICE: lazy_gettext("Bescheid über eine andere Leistung"),
    DocumentKind.CHILD_BENEFIT_NOTICE: lazy_gettext("Kindergeldbescheid"),
    DocumentKind.SCHOOL_CERTIFICATE: lazy_gettext("Schulbescheinigung"),
    DocumentKind.BIRTH_CERTIFICATE: lazy_gettext("Geburtsurkunde"),
    DocumentKind.MEDICAL_CERTIFICATE: lazy_gettext("Ärztliche Bescheinigung"),
    DocumentKind.SICK_NOTE: lazy_gettext("Krankmeldung"),
    DocumentKind.DISABILITY_CARD: lazy_gettext("Schwerbehindertenausweis"),
    DocumentKind.MATERNITY_RECORD: lazy_gettext("Mutterpass"),
    DocumentKind.MAINTENANCE_TITLE: lazy_gettext("Nachweis über Unterhalt"),
    DocumentKind.ASSET_PROOF: lazy_gettext("Nachweis über Vermögen"),
    DocumentKind.REGISTRATION: lazy_gettext("Meldebescheinigung"),
    DocumentKind.ENROLMENT: lazy_gettext("Nachweis über Ausbildung oder Studium"),
    DocumentKind.UVG_NOTICE: lazy_gettext("Bescheid über Unterhaltsvorschuss"),
    DocumentKind.PARENTAL_BENEFIT_NOTICE: lazy_gettext("Elterngeldbescheid"),
    DocumentKind.PENSION_NOTICE: lazy_gettext("Rentenbescheid"),
    DocumentKind.OWNERSHIP_COSTS: lazy_gettext("Kosten des eigenen Hauses oder der Wohnung"),
    DocumentKind.INSURER_CERTIFICATE: lazy_gettext("Bescheinigung der Krankenkasse"),
    DocumentKind.PKV_CERTIFICATE: lazy_gettext("Nachweis der privaten Krankenversicherung"),
    DocumentKind.INSURANCE_POLICY: lazy_gettext("Versicherungsschein"),
    DocumentKind.GUARDIANSHIP: lazy_gettext("Betreuungs- oder Vormundschaftsurkunde"),
    DocumentKind.POWER_OF_ATTORNEY: lazy_gettext("Vollmacht"),
    DocumentKind.SEPARATION: lazy_gettext("Nachweis über Trennung oder Scheidung"),
    DocumentKind.BUSINESS_REGISTRATION: lazy_gettext("Gewerbeanmeldung"),
    DocumentKind.BUSINESS_FIGURES: lazy_gettext("Einnahmen und Ausgaben der Selbständigkeit"),
    DocumentKind.RECEIPTS: lazy_gettext("Rechnungen und Belege"),
    DocumentKind.VEHICLE_PAPER: lazy_gettext("Fahrzeugschein"),
    DocumentKind.COMMUTE_PROOF: lazy_gettext("Nachweis über Fahrtkosten"),
    DocumentKind.DEATH_CERTIFICATE: lazy_gettext("Sterbeurkunde"),
    DocumentKind.TRIP_CONFIRMATION: lazy_gettext("Bestätigung über Ausflug oder Klassenfahrt"),
    DocumentKind.CLUB_CONFIRMATION: lazy_gettext("Bestätigung des Vereins"),
    DocumentKind.TUTORING_CONFIRMATION: lazy_gettext("Bestätigung der Schule zur Lernförderung"),
    DocumentKind.LUNCH_CONFIRMATION: lazy_gettext("Bestätigung über das Mittagessen"),
    DocumentKind.RECEIPT: lazy_gettext("Eingangsbestätigung"),
    DocumentKind.CONSULTATION_NOTE: lazy_gettext("Gesprächsvermerk"),
    DocumentKind.LETTER: lazy_gettext("Brief vom Jobcenter"),
    DocumentKind.OTHER: lazy_gettext("Anderes Dokument"),
}

BESIDE_MONTHS: dict[DocumentKind, LazyString] = {
    DocumentKind.BANK_STATEMENTS: lazy_gettext("Kontoauszüge"),
    DocumentKind.PAYSLIPS: lazy_gettext("Lohnabrechnung"),
}

FROM_OFFICE = frozenset({DocumentKind.RECEIPT, DocumentKind.CONSULTATION_NOTE, DocumentKind.LETTER})

# Health and maintenance: Article 9 GDPR, and what protects one partner from the other.
SENSITIVE_KINDS = frozenset(
    {
        DocumentKind.MEDICAL_CERTIFICATE,
        DocumentKind.SICK_NOTE,
        DocumentKind.DISABILITY_CARD,
        DocumentKind.MATERNITY_RECORD,
        DocumentKind.MAINTENANCE_TITLE,
        DocumentKind.UVG_NOTICE,
        DocumentKind.SEPARATION,
    }
)

# A receipt lists the papers of an application by name; the note of a talk may speak of anything.
KEPT_FROM_PARTNER = SENSITIVE_KINDS | FROM_OFFICE

HANDED_IN = tuple(kind for kind in NAMES if kind not in FROM_OFFICE)

STATE_WORDS: dict[DocumentState, LazyString] = {
    DocumentState.RECEIVED: lazy_gettext("Eingegangen"),
    DocumentState.IN_REVIEW: lazy_gettext("Wird geprüft"),
    DocumentState.ACCEPTED: lazy_gettext("Angenommen"),
    DocumentState.REJECTED: lazy_gettext("Bitte noch einmal"),
    DocumentState.BLOCKED: lazy_gettext("Gesperrt"),
}

STATE_TONES: dict[DocumentState, str] = {
    DocumentState.RECEIVED: "info",
    DocumentState.IN_REVIEW: "info",
    DocumentState.ACCEPTED: "success",
    DocumentState.REJECTED: "warning",
    DocumentState.BLOCKED: "danger",
}

STATE_MEANINGS: dict[DocumentState, LazyString] = {
    DocumentState.RECEIVED: lazy_gettext(
        "Ihr Dokument ist sicher bei uns angekommen. Wir bereiten es gerade für die Prüfung vor."
    ),
    DocumentState.IN_REVIEW: lazy_gettext(
        "Ihr Dokument liegt Ihrem Jobcenter vor. Sie müssen jetzt nichts tun."
    ),
    DocumentState.ACCEPTED: lazy_gettext("Das Dokument ist in Ordnung und liegt in Ihrer Akte."),
    DocumentState.REJECTED: lazy_gettext("Wir brauchen das Dokument noch einmal."),
    DocumentState.BLOCKED: lazy_gettext(
        "Die Datei lässt sich nicht sicher öffnen. Sie liegt bei uns, aber niemand kann sie lesen. "
        "Ihr Jobcenter meldet sich bei Ihnen."
    ),
}

# What people read before the virus scanner has said that a document is clean.
VERDICT_WORDS: dict[Verdict, LazyString] = {
    Verdict.WAITING: lazy_gettext("Wird auf Schadprogramme geprüft"),
    Verdict.HELD: lazy_gettext("Virenprüfung steht aus"),
    Verdict.INFECTED: lazy_gettext("Schadprogramm gefunden"),
}

VERDICT_MEANINGS: dict[Verdict, LazyString] = {
    Verdict.WAITING: lazy_gettext(
        "Ihr Dokument ist sicher bei uns angekommen. Es wird gerade auf Schadprogramme geprüft."
    ),
    Verdict.HELD: lazy_gettext(
        "Ihr Dokument ist sicher bei uns angekommen und gilt als abgegeben. Die Prüfung auf "
        "Schadprogramme dauert heute länger. Bis dahin kann niemand die Datei öffnen. Sie müssen "
        "nichts tun."
    ),
    Verdict.INFECTED: lazy_gettext(
        "In der Datei steckt ein Schadprogramm. Niemand kann sie öffnen. Bitte geben Sie das "
        "Dokument noch einmal ab, am besten als Foto vom Papier. Vielleicht ist auch Ihr Gerät "
        "betroffen: Lassen Sie es prüfen."
    ),
}

REQUEST_WORDS: dict[RequestState, LazyString] = {
    RequestState.OPEN: lazy_gettext("Noch zu erledigen"),
    RequestState.ANSWERED: lazy_gettext("Beantwortet"),
    RequestState.SETTLED: lazy_gettext("Erledigt"),
    RequestState.WITHDRAWN: lazy_gettext("Nicht mehr nötig"),
}

REQUEST_TONES: dict[RequestState, str] = {
    RequestState.OPEN: "warning",
    RequestState.ANSWERED: "info",
    RequestState.SETTLED: "success",
    RequestState.WITHDRAWN: "neutral",
}

CHANNELS: dict[Channel, LazyString] = {
    Channel.PORTAL: lazy_gettext("Über das Portal"),
    Channel.APPLICATION: lazy_gettext("Zu einem Antrag im Portal"),
    Channel.CALL: lazy_gettext("Im Videogespräch"),
    Channel.PAPER: lazy_gettext("Auf Papier"),
    Channel.OFFICE: lazy_gettext("Vom Jobcenter mit einer Nachricht"),
}

ANSWERS: dict[EvidenceAnswer, LazyString] = {
    EvidenceAnswer.NOW: lazy_gettext("Abgegeben"),
    EvidenceAnswer.LATER: lazy_gettext("Ich gebe es später ab"),
    EvidenceAnswer.ALREADY_SENT: lazy_gettext("Ich habe es schon abgegeben"),
    EvidenceAnswer.SOMEONE_ELSE: lazy_gettext("Jemand anderes schickt es"),
    EvidenceAnswer.DO_NOT_HAVE: lazy_gettext("Ich habe es nicht"),
    EvidenceAnswer.AUTHORITY_FETCHES: lazy_gettext("Das Jobcenter soll es selbst holen"),
    EvidenceAnswer.NOT_APPLICABLE: lazy_gettext("Das trifft auf mich nicht zu"),
}

ANSWER_STEPS: dict[EvidenceAnswer, LazyString] = {
    EvidenceAnswer.LATER: lazy_gettext("Über mehr Zeit entscheiden"),
    EvidenceAnswer.ALREADY_SENT: lazy_gettext("Nachsehen, ob es da ist"),
    EvidenceAnswer.SOMEONE_ELSE: lazy_gettext("Abwarten oder nachfragen"),
    EvidenceAnswer.DO_NOT_HAVE: lazy_gettext("Klären, was stattdessen geht"),
    EvidenceAnswer.AUTHORITY_FETCHES: lazy_gettext("Klären, ob wir es selbst holen"),
    EvidenceAnswer.NOT_APPLICABLE: lazy_gettext("Klären, ob es entfällt"),
}

REASONS: dict[str, LazyString] = {
    "unreadable": lazy_gettext(
        "Die Schrift ist nicht zu lesen. Bitte fotografieren Sie bei gutem Licht und ganz gerade."
    ),
    "cut": lazy_gettext("Der Rand ist abgeschnitten. Bitte nehmen Sie das ganze Blatt auf."),
    "pages_missing": lazy_gettext("Es fehlen Seiten. Bitte geben Sie alle Seiten ab."),
    "wrong_months": lazy_gettext(
        "Der Zeitraum passt nicht. Bitte geben Sie das Dokument für die genannten Monate ab."
    ),
    "wrong_person": lazy_gettext("Das Dokument gehört zu einer anderen Person."),
    "wrong_document": lazy_gettext("Das ist ein anderes Dokument als das, das wir brauchen."),
    "outdated": lazy_gettext("Das Dokument ist zu alt. Bitte geben Sie ein aktuelles ab."),
    "infected": lazy_gettext(
        "In der Datei steckt ein Schadprogramm. Bitte machen Sie ein Foto vom Papier und geben Sie "
        "es neu ab."
    ),
    "unsafe": lazy_gettext(
        "Die Datei lässt sich nicht sicher öffnen. Bitte machen Sie ein Foto vom Papier "
        "oder speichern Sie das Dokument neu als PDF."
    ),
}

USUAL_WHY = lazy_gettext("Wir brauchen das Dokument, um über Ihre Leistung zu entscheiden.")

WHY: dict[DocumentKind, LazyString] = {
    DocumentKind.BANK_STATEMENTS: lazy_gettext(
        "Wir prüfen Einkommen und Vermögen. Empfänger von Zahlungen dürfen Sie schwärzen, "
        "Beträge und Gutschriften nicht."
    ),
    DocumentKind.PAYSLIPS: lazy_gettext("Wir rechnen Ihr Einkommen auf die Leistung an."),
    DocumentKind.RENTAL_CONTRACT: lazy_gettext("Wir berechnen Ihre Kosten für Unterkunft."),
    DocumentKind.LANDLORD_CERTIFICATE: lazy_gettext("Wir berechnen Ihre Kosten für Unterkunft."),
    DocumentKind.UTILITY_BILL: lazy_gettext("Wir prüfen, ob wir eine Nachzahlung übernehmen."),
    DocumentKind.HEATING_BILL: lazy_gettext("Wir prüfen, ob wir eine Nachzahlung übernehmen."),
}


def usual_reason(document: Document) -> str:
    """Return the ready sentence that fits most often."""
    if document.verdict is Verdict.INFECTED:
        return "infected"
    return "unsafe" if document.state is DocumentState.BLOCKED else "unreadable"


def _without_verdict(document: Document) -> bool:
    if document.state is DocumentState.BLOCKED:
        return document.verdict is Verdict.INFECTED
    return document.state is DocumentState.RECEIVED and document.verdict in VERDICT_WORDS


def word_of(document: Document) -> LazyString:
    """Return the word for where a document is: with the virus scanner, or in its state."""
    if _without_verdict(document):
        return VERDICT_WORDS[document.verdict]
    return STATE_WORDS[document.state]


def tone_of(document: Document) -> str:
    """Return the tone of that word."""
    if document.state is DocumentState.RECEIVED and document.verdict is Verdict.HELD:
        return "warning"
    return STATE_TONES[document.state]


def meaning_of(document: Document) -> LazyString:
    """Say to the citizen what that means."""
    if _without_verdict(document):
        return VERDICT_MEANINGS[document.verdict]
    return STATE_MEANINGS[document.state]


def about_pages(numbers: Sequence[int]) -> str:
    """Return the sentence that says which pages are meant; nothing without any."""
    if not numbers:
        return ""
    if len(numbers) == 1:
        return str(gettext("Es geht um Seite %(number)s.", number=numbers[0]))
    *first, last = numbers
    return str(
        gettext(
            "Es geht um die Seiten %(first)s und %(last)s.",
            first=", ".join(str(number) for number in first),
            last=last,
        )
    )


def usual_why(kind: DocumentKind) -> str:
    """Return the sentence that says why the office needs a document of this kind."""
    return str(WHY.get(kind, USUAL_WHY))


def german_name(kind: DocumentKind) -> str:
    """Return the German name, whatever the language of the screen: it is written into the file."""
    with force_locale("de"):
        return str(NAMES[kind])


def name_beside_months(kind: DocumentKind) -> str:
    """Return the German name where the months stand beside it."""
    with force_locale("de"):
        return str(BESIDE_MONTHS.get(kind, NAMES[kind]))
