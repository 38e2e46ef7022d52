"""The German words for the deeds that a case file shows in its trail.

Deeds of higher features stand here as plain words: the trail of a case names them all.
"""

from flask_babel import LazyString, lazy_gettext

WORDS: dict[str, LazyString] = {
    "casefiles.case_opened_anew": lazy_gettext("Akte angelegt"),
    "casefiles.case_opened": lazy_gettext("Akte geöffnet"),
    "casefiles.document_received": lazy_gettext("Dokument eingegangen"),
    "casefiles.document_filed": lazy_gettext("Dokument abgelegt"),
    "casefiles.document_prepared": lazy_gettext("Dokument zur Prüfung vorbereitet"),
    "casefiles.document_blocked": lazy_gettext("Dokument gesperrt"),
    "casefiles.document_opened": lazy_gettext("Dokument geöffnet"),
    "casefiles.document_downloaded": lazy_gettext("Dokument gespeichert"),
    "casefiles.document_accepted": lazy_gettext("Dokument angenommen"),
    "casefiles.document_rejected": lazy_gettext("Dokument noch einmal angefordert"),
    "casefiles.evidence_requested": lazy_gettext("Dokument angefordert"),
    "casefiles.evidence_withdrawn": lazy_gettext("Anforderung zurückgenommen"),
    "applications.started": lazy_gettext("Antrag angefangen"),
    "applications.submitted": lazy_gettext("Antrag eingegangen"),
    "applications.viewed": lazy_gettext("Antrag geöffnet"),
    "applications.taken_into_review": lazy_gettext("Antrag in Prüfung genommen"),
    "applications.decided": lazy_gettext("Antrag entschieden"),
    "applications.withdrawn": lazy_gettext("Antrag zurückgezogen"),
}

OTHER = lazy_gettext("Eintrag")


def word_for(deed: str) -> LazyString:
    """Return the German words for a deed."""
    return WORDS.get(deed, OTHER)
