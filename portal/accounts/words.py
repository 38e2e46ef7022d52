"""Roles and rights in German: one name each, and what a role allows as one generated sentence."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from portal.accounts.models import Right, Role
from portal.accounts.rules import RIGHTS

ROLES = {
    Role.FRONT_DESK: _("Empfang"),
    Role.MAILROOM: _("Poststelle"),
    Role.BENEFIT_OFFICER: _("Leistungssachbearbeitung"),
    Role.INTEGRATION_OFFICER: _("Arbeitsvermittlung"),
    Role.CASE_MANAGER: _("Fallmanagement"),
    Role.TEAM_LEAD: _("Teamleitung"),
    Role.DATA_QUALITY_OFFICER: _("Datenqualität"),
    Role.MANAGEMENT: _("Leitung"),
    Role.ADMINISTRATOR: _("Verwaltung des Portals"),
}

# Each completes „Darf …“; the order is the order of a sentence and of the columns of a table.
RIGHT_PHRASES = {
    Right.USE_INBOX: _("den Eingang bearbeiten"),
    Right.READ_FILES: _("Akten lesen"),
    Right.READ_ALL_FILES: _("Akten aller Teams lesen"),
    Right.READ_HEALTH_PAPERS: _("Unterlagen zur Gesundheit lesen"),
    Right.READ_BANK_PAPERS: _("Kontoauszüge und Nachweise über Vermögen lesen"),
    Right.CHECK_DOCUMENTS: _("Unterlagen prüfen"),
    Right.WRITE_MESSAGES: _("Nachrichten schreiben"),
    Right.PROCESS_APPLICATIONS: _("Anträge bearbeiten"),
    Right.CARRY_BENEFIT_CASES: _("Leistungsfälle führen"),
    Right.MANAGE_APPOINTMENTS: _("Termine vergeben"),
    Right.SUMMON: _("zum Gespräch auffordern und anhören"),
    Right.STEER_CARE: _("Störungen und Betreuungsformen eintragen"),
    Right.HOLD_CONSULTATIONS: _("Videogespräche führen"),
    Right.IDENTIFY_CITIZENS: _("Menschen mit ihrem Konto verbinden"),
    Right.RECORD_REPRESENTATION: _("Vertretungen eintragen"),
    Right.SORT_PAPER: _("Papierpost zuordnen"),
    Right.HOLD_FILES: _("Akten vor dem Löschen sperren"),
    Right.EXPORT_FILES: _("ganze Akten exportieren"),
    Right.EDIT_FORMS: _("Formulare bearbeiten"),
    Right.PUBLISH_FORMS: _("Änderungen an Formularen freigeben"),
    Right.RELEASE_DECISIONS: _("Entscheidungen anderer freigeben"),
    Right.SEE_TEAM: _("das eigene Team sehen"),
    Right.SEE_FIGURES: _("Kennzahlen sehen"),
    Right.APPROVE_ACCESS: _("Notfallzugriffe freigeben"),
    Right.ADMINISTER: _("Zugänge verwalten"),
}


def what_role_allows(role: Role) -> str:
    """Say in one sentence what somebody with this role may do."""
    allowed = [str(phrase) for right, phrase in RIGHT_PHRASES.items() if right in RIGHTS[role]]
    return str(gettext("Darf %(what)s.", what=listed(allowed)))


def listed(words: list[str]) -> str:
    """Join words as a sentence does: „a, b und c“."""
    *first, last = words
    if not first:
        return last
    return str(gettext("%(some)s und %(last)s", some=", ".join(first), last=last))


def needs_passkey() -> str:
    """Say what whoever gives rights to others must set up (`rules.needs_unphishable_key`)."""
    return str(gettext("Muss sich mit einem Passkey anmelden."))
