"""German words for what decisions are, and what a hearing is called in a list."""

from flask_babel import LazyString, gettext, lazy_gettext

from portal.core.templating import short_day
from portal.decisions.models import DecisionState, NoHearing, Ruling, WrittenForm
from portal.invitations.models import Hearing
from portal.office.releasing import Place

RULINGS: dict[Ruling, LazyString] = {
    Ruling.GRANTED: lazy_gettext("Bewilligen"),
    Ruling.PARTLY_GRANTED: lazy_gettext("Zum Teil bewilligen"),
    Ruling.REJECTED: lazy_gettext("Ablehnen"),
    Ruling.WITHHELD: lazy_gettext("Versagen, weil Mitwirkung fehlt (§ 66 SGB I)"),
    Ruling.DEFERRED: lazy_gettext("Noch keine Entscheidung möglich"),
    Ruling.REMEDIED: lazy_gettext("Abhelfen: Der Widerspruch ist begründet"),
    Ruling.PARTLY_REMEDIED: lazy_gettext("Zum Teil abhelfen"),
    Ruling.REFUSED: lazy_gettext("Zurückweisen (Widerspruchsbescheid)"),
}

DECIDED: dict[Ruling, LazyString] = {
    Ruling.GRANTED: lazy_gettext("Bewilligt"),
    Ruling.PARTLY_GRANTED: lazy_gettext("Zum Teil bewilligt"),
    Ruling.REJECTED: lazy_gettext("Abgelehnt"),
    Ruling.WITHHELD: lazy_gettext("Versagt, weil etwas fehlt"),
    Ruling.DEFERRED: lazy_gettext("Noch nicht entschieden"),
    Ruling.REMEDIED: lazy_gettext("Ihr Widerspruch hat Erfolg"),
    Ruling.PARTLY_REMEDIED: lazy_gettext("Ihr Widerspruch hat zum Teil Erfolg"),
    Ruling.REFUSED: lazy_gettext("Widerspruch zurückgewiesen"),
}

TONES: dict[Ruling, str] = {
    Ruling.GRANTED: "success",
    Ruling.PARTLY_GRANTED: "info",
    Ruling.REJECTED: "neutral",
    Ruling.WITHHELD: "warning",
    Ruling.DEFERRED: "info",
    Ruling.REMEDIED: "success",
    Ruling.PARTLY_REMEDIED: "info",
    Ruling.REFUSED: "neutral",
}

STATES: dict[DecisionState, LazyString] = {
    DecisionState.DRAFT: lazy_gettext("Entwurf"),
    DecisionState.SUBMITTED: lazy_gettext("Wartet auf Freigabe"),
    DecisionState.ISSUED: lazy_gettext("Erlassen"),
    DecisionState.DISCARDED: lazy_gettext("Verworfen"),
}

STATE_TONES: dict[DecisionState, str] = {
    DecisionState.DRAFT: "info",
    DecisionState.SUBMITTED: "warning",
    DecisionState.ISSUED: "success",
    DecisionState.DISCARDED: "neutral",
}

NO_HEARING: dict[NoHearing, LazyString] = {
    NoHearing.DANGER: lazy_gettext("Gefahr im Verzug oder öffentliches Interesse (Nummer 1)"),
    NoHearing.TIME_LIMIT: lazy_gettext("Eine Frist wäre sonst in Frage gestellt (Nummer 2)"),
    NoHearing.OWN_WORDS: lazy_gettext("Von eigenen Angaben wird nicht abgewichen (Nummer 3)"),
    NoHearing.MANY_ALIKE: lazy_gettext("Allgemeinverfügung oder viele gleiche Fälle (Nummer 4)"),
    NoHearing.INCOME_CHANGE: lazy_gettext("Einkommensabhängige Leistung wird angepasst (Nummer 5)"),
}

RELEASERS: dict[Place, LazyString] = {
    Place.LEAD: lazy_gettext("Freigeben wird %(name)s (Leitung des Teams)."),
    Place.SUBSTITUTE: lazy_gettext("Freigeben wird %(name)s (vertritt die Leitung des Teams)."),
    Place.NAMED: lazy_gettext(
        "Freigeben wird %(name)s (dafür benannt, weil die Leitung beteiligt ist)."
    ),
    Place.HOUSE: lazy_gettext("Freigeben wird %(name)s. Für dieses Team ist niemand benannt."),
}

FORMS: dict[WrittenForm, LazyString] = {
    WrittenForm.MISSING: lazy_gettext("Fehlt noch"),
    WrittenForm.EID: lazy_gettext("Mit dem Online-Ausweis bestätigt"),
    WrittenForm.SIGNED: lazy_gettext("Auf Papier unterschrieben"),
    WrittenForm.RECORD: lazy_gettext("Im Amt zur Niederschrift gegeben"),
}


def hearing(found: Hearing) -> str:
    """Name a hearing in a list: when it was asked and until when to answer."""
    return str(
        gettext(
            "Anhörung vom %(asked)s, Antwort bis %(until)s",
            asked=short_day(found.asked_at),
            until=short_day(found.answer_until),
        )
    )
