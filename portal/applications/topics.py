"""Which forms are offered to whom, in which order, under which heading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext

from portal.applications import renewal
from portal.applications.definitions import Form
from portal.casefiles.models import Case


class Topic(StrEnum):
    """What somebody wants to do; each has a heading on the page of all forms."""

    MONEY = "money"
    CHANGES = "changes"
    CHILDREN = "children"
    HOME = "home"
    HEALTH = "health"
    APPOINTMENTS = "appointments"
    DECISIONS = "decisions"
    ANNEXES = "annexes"


HEADINGS = {
    Topic.MONEY: lazy_gettext("Geld zum Leben"),
    Topic.CHANGES: lazy_gettext("Etwas hat sich geändert"),
    Topic.CHILDREN: lazy_gettext("Für Kinder"),
    Topic.HOME: lazy_gettext("Wohnung und Ausstattung"),
    Topic.HEALTH: lazy_gettext("Gesundheit"),
    Topic.APPOINTMENTS: lazy_gettext("Termine und Abwesenheit"),
    Topic.DECISIONS: lazy_gettext("Mit einer Entscheidung nicht einverstanden, Akte und Daten"),
    Topic.ANNEXES: lazy_gettext("Einzelne Anlagen nachreichen"),
}

FORMS = {
    Topic.MONEY: ("ha", "wba", "vorschuss"),
    Topic.CHANGES: ("vaem",),
    Topic.CHILDREN: ("but",),
    Topic.HOME: ("umzug-zusicherung", "erstausstattung", "darlehen"),
    Topic.HEALTH: ("krankmeldung", "meb", "bb"),
    Topic.APPOINTMENTS: ("ortsabwesenheit", "termin-verlegen"),
    Topic.DECISIONS: (
        *("wid", "ueb", "anhoerung", "mehr-zeit"),
        *("akteneinsicht", "datenkopie", "einwilligungen"),
    ),
    Topic.ANNEXES: ("ek", "eks", "vm", "kdu"),
}


@dataclass(frozen=True)
class Offer:
    """The forms of one topic."""

    topic: Topic
    forms: tuple[Form, ...]


def by_topic(forms: Iterable[Form]) -> list[Offer]:
    """Return the forms under their headings; a topic without a form is left out."""
    known = {form.form: form for form in forms}
    offers = [
        Offer(topic, tuple(known[name] for name in names if name in known))
        for topic, names in FORMS.items()
    ]
    return [offer for offer in offers if offer.forms]


def first_of_all(forms: Sequence[Form], case: Case | None, today: date) -> list[Form]:
    """Return the few forms that somebody most likely needs now.

    Without an award that is the main application; with one the change report, and the renewal as
    soon as it opens.
    """
    known = {form.form: form for form in forms}
    opens = renewal.opens_on(case)
    has_award = case is not None and case.award_until is not None and case.award_until >= today
    wanted = ["vaem"] if has_award else ["ha", "wba"]
    if has_award and opens is not None and opens <= today:
        wanted = ["wba", "vaem"]
    return [known[name] for name in wanted if name in known]
