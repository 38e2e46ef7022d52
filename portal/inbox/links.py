"""Where the things behind work items are shown.

The inbox lies below the features it lists and cannot ask them, so their pages stand here by name;
`tests/inbox/test_links.py` resolves each.
"""

from uuid import UUID

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from portal.inbox.models import ItemKind

ENDPOINTS: dict[ItemKind, str] = {
    ItemKind.APPLICATION: "staff_applications.show",
    ItemKind.DOCUMENT: "staff_casefiles.document",
    ItemKind.CORRECTION: "staff_casefiles.document",
    ItemKind.EVIDENCE_ANSWER: "staff_casefiles_evidence.show",
    ItemKind.OUTCOME_MISSING: "staff_appointments.show",
    ItemKind.APPOINTMENT_CANCELLED: "staff_appointments.show",
    ItemKind.CALLBACK_WANTED: "staff_appointments.show",
    ItemKind.INTERPRETER_WANTED: "staff_appointments.show",
    ItemKind.SCAN: "staff_intake.scan",
    ItemKind.INSTANT_APPLICATION: "staff_instant.show",
    ItemKind.CORRECTION_ANSWERED: "staff_corrections.round",
    ItemKind.SUPPLEMENT: "staff_corrections.supplement",
    ItemKind.OFFICER_GONE: "staff_cover.hand_over",
    ItemKind.DAY_CLOSED: "staff_appointments.show",
    ItemKind.GROUP_DAY_CLOSED: "staff_groups.edit",
    ItemKind.LETTER_TO_PRINT: "staff_postbox.show",
    ItemKind.INVITATION: "staff_invitations.show",
    ItemKind.SUMMONS: "staff_summonses.show",
    ItemKind.HEARING: "staff_hearings.show",
    ItemKind.SLOTS_SHORT: "staff_invitations.supply",
    ItemKind.ABSENCE_REASON: "staff_appointments.show",
    ItemKind.OUTCOME_DOUBTED: "staff_appointments.show",
    ItemKind.TRAVEL_COSTS: "staff_appointments.show",
    ItemKind.MESSAGE_FAILED: "staff_undelivered.show",
    ItemKind.GROUP_OUTCOMES: "staff_groups.show",
    ItemKind.GROUP_WITHOUT_LEAD: "staff_groups.edit",
    ItemKind.NOTE_REMARK: "staff_casefiles.document",
    ItemKind.SAFETY_ALERT: "staff_safety.show",
    ItemKind.SAFETY_INCIDENT: "staff_safety.incident",
    ItemKind.FOLLOW_UP: "staff_follow_ups.show",
    ItemKind.DECISION_RELEASE: "staff_decisions.check",
    ItemKind.DECISION_RETURNED: "staff_decisions.edit",
    ItemKind.OBJECTION: "staff_objections.show",
    ItemKind.MESSAGE: "staff_threads.show",
    ItemKind.HAND_OVER_LATE: "staff_hand_overs.show",
    ItemKind.EXPERT_QUESTION: "staff_expert_questions.show",
    ItemKind.EXPERT_ANSWER: "staff_expert_questions.show",
    ItemKind.LETTER_ARRIVAL: "staff_postbox.show",
    ItemKind.CONTACT_DUE: "staff_contacts.case",
    ItemKind.DEADLINE: "staff_casefiles.case",
    ItemKind.AWARD_ENDS: "staff_casefiles.case",
    ItemKind.ACCOUNT_UNREACHED: "staff_unreached.show",
    ItemKind.COLLEAGUE_UNREACHED: "staff_unreached.show",
    ItemKind.INSTANT_UNREACHED: "staff_unreached.show",
    ItemKind.GUEST_UNREACHED: "staff_unreached.show",
    ItemKind.INSTANT_UNDECIDED: "staff_instant.show",
}

NAMES: dict[ItemKind, LazyString] = {
    ItemKind.APPLICATION: _("Antrag"),
    ItemKind.DOCUMENT: _("Unterlage"),
    ItemKind.CORRECTION: _("Nachgereichte Unterlage"),
    ItemKind.EVIDENCE_ANSWER: _("Antwort auf eine Anforderung"),
    ItemKind.OUTCOME_MISSING: _("Ergebnis eines Termins fehlt"),
    ItemKind.APPOINTMENT_CANCELLED: _("Abgesagter Termin"),
    ItemKind.CALLBACK_WANTED: _("Rückruf gewünscht"),
    ItemKind.INTERPRETER_WANTED: _("Dolmetschen gewünscht"),
    ItemKind.SCAN: _("Scan ohne Deckblatt"),
    ItemKind.INSTANT_APPLICATION: _("Sofortantrag"),
    ItemKind.CORRECTION_ANSWERED: _("Antwort auf eine Rückfrage"),
    ItemKind.SUPPLEMENT: _("Nachtrag zu einem Antrag"),
    ItemKind.OFFICER_GONE: _("Termin ohne Person"),
    ItemKind.DAY_CLOSED: _("Termin an einem geschlossenen Tag"),
    ItemKind.GROUP_DAY_CLOSED: _("Gruppe an einem geschlossenen Tag"),
    ItemKind.LETTER_TO_PRINT: _("Brief zu drucken"),
    ItemKind.INVITATION: _("Einladung"),
    ItemKind.SUMMONS: _("Meldeaufforderung"),
    ItemKind.HEARING: _("Anhörung"),
    ItemKind.SLOTS_SHORT: _("Termine werden knapp"),
    ItemKind.ABSENCE_REASON: _("Grund, nicht zu kommen"),
    ItemKind.OUTCOME_DOUBTED: _("Ergebnis eines Termins prüfen"),
    ItemKind.TRAVEL_COSTS: _("Fahrkosten"),
    ItemKind.MESSAGE_FAILED: _("Nachricht kam nicht an"),
    ItemKind.GROUP_OUTCOMES: _("Anwesenheit einer Gruppe fehlt"),
    ItemKind.GROUP_WITHOUT_LEAD: _("Gruppe ohne Leitung"),
    ItemKind.NOTE_REMARK: _("Anmerkung zu einer Gesprächsnotiz"),
    ItemKind.SAFETY_ALERT: _("Hilferuf"),
    ItemKind.SAFETY_INCIDENT: _("Vorfall"),
    ItemKind.FOLLOW_UP: _("Wiedervorlage"),
    ItemKind.DECISION_RELEASE: _("Entscheidung freigeben"),
    ItemKind.DECISION_RETURNED: _("Entscheidung kam zurück"),
    ItemKind.OBJECTION: _("Widerspruch"),
    ItemKind.MESSAGE: _("Nachricht"),
    ItemKind.HAND_OVER_LATE: _("Übergabe hängt"),
    ItemKind.EXPERT_QUESTION: _("Fachfrage"),
    ItemKind.EXPERT_ANSWER: _("Antwort auf eine Fachfrage"),
    ItemKind.LETTER_ARRIVAL: _("Brief kam später an"),
    ItemKind.CONTACT_DUE: _("Kontakt überfällig"),
    ItemKind.DEADLINE: _("Frist für Unterlagen vorbei"),
    ItemKind.AWARD_ENDS: _("Bewilligung endet"),
    ItemKind.ACCOUNT_UNREACHED: _("Konto ohne Akte nicht erreicht"),
    ItemKind.COLLEAGUE_UNREACHED: _("Kollegin oder Kollege nicht erreicht"),
    ItemKind.INSTANT_UNREACHED: _("Sofortantrag: Person nicht erreicht"),
    ItemKind.GUEST_UNREACHED: _("Gast nicht erreicht"),
    ItemKind.INSTANT_UNDECIDED: _("Sofortantrag ohne Entscheidung"),
}


def address_of(kind: ItemKind, subject_id: UUID) -> str:
    """Return the page that shows the thing behind an item."""
    return url_for(ENDPOINTS[kind], id=subject_id)
