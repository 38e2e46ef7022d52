"""The German words for the deeds that a case file shows in its trail.

Deeds and pages of higher features stand here as plain words, for the trail of a case names them
all; `tests/casefiles/test_deeds.py` holds them against what the house does.
"""

from flask import url_for
from flask_babel import LazyString, lazy_gettext

from portal.audit.models import Event
from portal.core.templating import has_endpoint

WORDS: dict[str, LazyString] = {
    "casefiles.case_opened_anew": lazy_gettext("Akte angelegt"),
    "casefiles.case_opened": lazy_gettext("Akte geöffnet"),
    "casefiles.document_received": lazy_gettext("Dokument eingegangen"),
    "casefiles.handed_in": lazy_gettext("Abgabe festgehalten"),
    "casefiles.receipt_written": lazy_gettext("Quittung ausgestellt"),
    "casefiles.document_filed": lazy_gettext("Dokument abgelegt"),
    "casefiles.document_prepared": lazy_gettext("Dokument zur Prüfung vorbereitet"),
    "casefiles.document_held": lazy_gettext("Virenprüfung steht aus"),
    "casefiles.document_blocked": lazy_gettext("Dokument gesperrt"),
    "casefiles.document_opened": lazy_gettext("Dokument geöffnet"),
    "casefiles.document_downloaded": lazy_gettext("Dokument gespeichert"),
    "casefiles.document_accepted": lazy_gettext("Dokument angenommen"),
    "casefiles.document_rejected": lazy_gettext("Dokument noch einmal angefordert"),
    "casefiles.hold_set": lazy_gettext("Aufbewahrungssperre gesetzt"),
    "casefiles.hold_lifted": lazy_gettext("Aufbewahrungssperre aufgehoben"),
    "casefiles.searched": lazy_gettext("In der Akte gesucht"),
    "casefiles.export_asked": lazy_gettext("Export der Akte angefordert"),
    "casefiles.export_made": lazy_gettext("Export der Akte erstellt"),
    "casefiles.export_failed": lazy_gettext("Export der Akte misslungen"),
    "casefiles.export_fetched": lazy_gettext("Export der Akte geholt"),
    "casefiles.export_forgotten": lazy_gettext("Export der Akte gelöscht"),
    "casefiles.document_described": lazy_gettext("Angaben zum Dokument geändert"),
    "casefiles.acceptance_taken_back": lazy_gettext("Annahme zurückgenommen"),
    "casefiles.document_split": lazy_gettext("Dokument geteilt"),
    "casefiles.document_merged": lazy_gettext("Dokument mit einem anderen zusammengelegt"),
    "casefiles.document_unmerged": lazy_gettext("Zusammenlegen rückgängig gemacht"),
    "casefiles.pages_turned": lazy_gettext("Seiten gedreht"),
    "casefiles.pages_put_in_order": lazy_gettext("Seiten neu geordnet"),
    "casefiles.document_moved_out": lazy_gettext("Dokument in eine andere Akte gelegt"),
    "casefiles.document_moved_in": lazy_gettext("Dokument aus einer anderen Akte erhalten"),
    "casefiles.access_asked": lazy_gettext("Um Notfallzugriff gebeten"),
    "casefiles.access_granted": lazy_gettext("Notfallzugriff erlaubt"),
    "casefiles.access_refused": lazy_gettext("Notfallzugriff abgelehnt"),
    "intake.sheet_printed": lazy_gettext("Deckblatt gedruckt"),
    "intake.scan_filed": lazy_gettext("Vom Scanner abgelegt"),
    "office.conflict_declared": lazy_gettext("Befangenheit erklärt"),
    "office.conflict_lifted": lazy_gettext("Befangenheit aufgehoben"),
    "inbox.claimed": lazy_gettext("Vorgang übernommen"),
    "inbox.handed_over": lazy_gettext("Vorgang weitergegeben"),
    "inbox.released": lazy_gettext("Vorgang an das Team zurückgegeben"),
    "casefiles.evidence_requested": lazy_gettext("Dokument angefordert"),
    "casefiles.evidence_answered": lazy_gettext("Auf Anforderung geantwortet"),
    "casefiles.evidence_asked_again": lazy_gettext("Noch einmal angefordert"),
    "casefiles.evidence_reminded": lazy_gettext("An Anforderung erinnert"),
    "casefiles.evidence_settled": lazy_gettext("Anforderung erledigt"),
    "casefiles.evidence_withdrawn": lazy_gettext("Anforderung zurückgenommen"),
    "casefiles.deadline_extended": lazy_gettext("Frist verlängert"),
    "casefiles.deadline_kept": lazy_gettext("Frist nicht verlängert"),
    "representation.granted": lazy_gettext("Vertretung eingetragen"),
    "representation.ended": lazy_gettext("Vertretung beendet"),
    "applications.started": lazy_gettext("Antrag angefangen"),
    "applications.submitted": lazy_gettext("Antrag eingegangen"),
    "applications.part_invited": lazy_gettext("Zum eigenen Teil eingeladen"),
    "applications.part_taken": lazy_gettext("Eigenen Teil übernommen"),
    "applications.part_confirmed": lazy_gettext("Eigenen Teil bestätigt"),
    "applications.part_revoked": lazy_gettext("Eigenen Teil zurückgenommen"),
    "applications.viewed": lazy_gettext("Antrag geöffnet"),
    "applications.taken_into_review": lazy_gettext("Antrag in Prüfung genommen"),
    "applications.decided": lazy_gettext("Antrag entschieden"),
    "applications.correction_opened": lazy_gettext("Rückfrage gestellt"),
    "applications.correction_extended": lazy_gettext("Frist der Rückfrage verlängert"),
    "applications.correction_accepted": lazy_gettext("Antwort auf Rückfrage angenommen"),
    "applications.correction_asked_again": lazy_gettext("Rückfrage noch einmal gestellt"),
    "applications.correction_withdrawn": lazy_gettext("Rückfrage zurückgenommen"),
    "applications.supplement_sent": lazy_gettext("Nachtrag eingegangen"),
    "applications.supplement_seen": lazy_gettext("Nachtrag angesehen"),
    "applications.withdrawn": lazy_gettext("Antrag zurückgezogen"),
    "applications.draft_moved": lazy_gettext("Entwurf auf eine neue Fassung gebracht"),
    "applications.move_read": lazy_gettext("Änderungen am Formular gelesen"),
    "applications.paper_answered": lazy_gettext("Gesagt, was mit einer Unterlage ist"),
    "applications.renewal_reminded": lazy_gettext("An den nächsten Antrag erinnert"),
    "instant.received": lazy_gettext("Sofortantrag eingegangen"),
    "instant.receipt_written": lazy_gettext("Quittung des Sofortantrags ausgestellt"),
    "instant.viewed": lazy_gettext("Sofortantrag geöffnet"),
    "instant.seen": lazy_gettext("Sofortantrag als gesehen vermerkt"),
    "instant.linked": lazy_gettext("Sofortantrag zur Akte genommen"),
    "instant.connected": lazy_gettext("Sofortantrag mit einem Konto verbunden"),
    "instant.answered": lazy_gettext("Sofortantrag beantwortet"),
    "instant.withdrawn": lazy_gettext("Sofortantrag zurückgezogen"),
    "appointments.booked": lazy_gettext("Termin gebucht"),
    "appointments.moved": lazy_gettext("Termin verschoben"),
    "appointments.cancelled": lazy_gettext("Termin abgesagt"),
    "appointments.reminded": lazy_gettext("An Termin erinnert"),
    "appointments.contact_noted": lazy_gettext("Notiert: hat sich gemeldet"),
    "appointments.own_fault_noted": lazy_gettext("Notiert: es lag am Jobcenter"),
    "appointments.reason_given": lazy_gettext("Grund genannt, nicht zum Termin zu kommen"),
    "appointments.reason_decided": lazy_gettext("Über den genannten Grund entschieden"),
    "appointments.travel_asked": lazy_gettext("Fahrkosten beantragt"),
    "appointments.travel_decided": lazy_gettext("Über Fahrkosten entschieden"),
    "appointments.disturbance_recorded": lazy_gettext("Störung eingetragen"),
    "appointments.care_track_changed": lazy_gettext("Betreuungsform geändert"),
    "appointments.contact_added": lazy_gettext("Kontakt eingetragen"),
    "appointments.track_set": lazy_gettext("Betreuungsform eingetragen"),
    "appointments.outcome_recorded": lazy_gettext("Ergebnis des Termins eingetragen"),
    "consultation.arrived": lazy_gettext("Zum Gespräch gekommen"),
    "consultation.left_waiting_room": lazy_gettext("Warteraum verlassen"),
    "consultation.admitted": lazy_gettext("Ins Gespräch eingelassen"),
    "consultation.sent_back": lazy_gettext("In den Warteraum zurückgebeten"),
    "consultation.joined": lazy_gettext("Gespräch begonnen"),
    "consultation.left": lazy_gettext("Gespräch verlassen"),
    "consultation.callback_asked": lazy_gettext("Um Rückruf gebeten"),
    "consultation.ended": lazy_gettext("Gespräch beendet"),
    "consultation.note_filed": lazy_gettext("Gesprächsvermerk abgelegt"),
}

PAGES = {
    "document": "staff_casefiles.document",
    "evidence_request": "staff_casefiles_evidence.show",
    "application": "staff_applications.show",
    "instant_application": "staff_instant.show",
    "booking": "staff_appointments.show",
}

OTHER = lazy_gettext("Eintrag")


def word_for(deed: str) -> LazyString:
    """Return the German words for a deed."""
    return WORDS.get(deed, OTHER)


def page_of(event: Event) -> str | None:
    """Return the page of the thing that a deed was done to, where this process shows it."""
    endpoint = PAGES.get(event.subject_kind)
    if endpoint is None or not has_endpoint(endpoint):
        return None
    return url_for(endpoint, id=event.subject_id)
