"""The German words of representation: kinds, powers, periods, areas of a guardian."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.accounts.models import Citizen, Power, Representation, RepresentationKind
from portal.core.templating import day, hour
from portal.representation.rules import Period, TaskArea

Kind = RepresentationKind

KINDS: dict[Kind, LazyString] = {
    Kind.POWER_OF_ATTORNEY: lazy_gettext("Vollmacht"),
    Kind.GUARDIAN: lazy_gettext("Rechtliche Betreuung"),
    Kind.COMPANION: lazy_gettext("Beistand"),
    Kind.HOUSEHOLD_MEMBER: lazy_gettext("Aus dem Haushalt"),
    Kind.HELPER: lazy_gettext("Hilfe"),
    Kind.HELPER_ORGANISATION: lazy_gettext("Beratungsstelle"),
}

KIND_MEANINGS: dict[Kind, LazyString] = {
    Kind.POWER_OF_ATTORNEY: lazy_gettext(
        "Die Person handelt für Sie, so wie Sie es unten ankreuzen."
    ),
    Kind.HOUSEHOLD_MEMBER: lazy_gettext(
        "Zum Beispiel Ihr Partner. Papiere über Ihre Gesundheit und über Unterhalt sieht die Person"
        " nie."
    ),
    Kind.COMPANION: lazy_gettext(
        "Die Person begleitet Sie zu Gesprächen. In Ihre Akte sieht sie nicht."
    ),
}

POWERS: dict[Power, LazyString] = {
    Power.SEE: lazy_gettext("Sehen, was in Ihrer Akte steht"),
    Power.FILL_IN: lazy_gettext("Anträge für Sie ausfüllen"),
    Power.UPLOAD: lazy_gettext("Unterlagen für Sie abgeben"),
    Power.SEND: lazy_gettext("Anträge für Sie senden"),
    Power.BOOK: lazy_gettext("Termine für Sie machen"),
}

_SHORT: dict[Power, LazyString] = {
    Power.SEE: lazy_gettext("sehen"),
    Power.FILL_IN: lazy_gettext("ausfüllen"),
    Power.UPLOAD: lazy_gettext("Unterlagen abgeben"),
    Power.SEND: lazy_gettext("senden"),
    Power.BOOK: lazy_gettext("Termine machen"),
}

PERIODS: dict[Period, LazyString] = {
    Period.SITTING: lazy_gettext("Nur jetzt, höchstens vier Stunden"),
    Period.DAY: lazy_gettext("Einen Tag"),
    Period.WEEK: lazy_gettext("Eine Woche"),
    Period.MONTH: lazy_gettext("Einen Monat"),
    Period.QUARTER: lazy_gettext("Drei Monate"),
    Period.YEAR: lazy_gettext("Ein Jahr"),
    Period.THREE_YEARS: lazy_gettext("Drei Jahre"),
}

AREAS: dict[TaskArea, LazyString] = {
    TaskArea.AUTHORITIES: lazy_gettext("Vertretung gegenüber Behörden"),
    TaskArea.ASSETS: lazy_gettext("Vermögenssorge"),
    TaskArea.HOUSING: lazy_gettext("Wohnungsangelegenheiten"),
    TaskArea.HEALTH: lazy_gettext("Gesundheitssorge"),
    TaskArea.POST: lazy_gettext("Postangelegenheiten"),
}


def powers(given: Iterable[str]) -> str:
    """Write what somebody may do as one line: sehen, ausfüllen und senden."""
    held = set(given)
    said = [str(word) for power, word in _SHORT.items() if power.value in held]
    if not said:
        return str(gettext("Nur begleiten, nichts in der Akte"))
    if len(said) == 1:
        return said[0][0].upper() + said[0][1:]
    line = str(gettext("%(first)s und %(last)s", first=", ".join(said[:-1]), last=said[-1]))
    return line[0].upper() + line[1:]


def until(representation: Representation, *, now: datetime) -> str:
    """Write until when somebody may act: the hour when it is near, else the day."""
    ends = representation.ends_at
    if ends is None:
        return str(gettext("ohne festes Ende"))
    if representation.session_id:
        return str(gettext("bis zum Abmelden, längstens bis %(hour)s Uhr", hour=hour(ends)))
    if ends - now < timedelta(hours=20):
        return str(gettext("bis heute oder morgen, %(hour)s Uhr", hour=hour(ends)))
    return str(gettext("bis %(day)s", day=day(ends)))


def kind_of(representation: Representation) -> str:
    """Name the kind, with the organisation where there is one."""
    kind = str(KINDS[representation.kind])
    if representation.organisation:
        return f"{kind}: {representation.organisation}"
    return kind


def areas(representation: Representation) -> str:
    """Write the areas of a guardian as one line."""
    named = (representation.task_areas or "").split(",")
    return ", ".join(str(AREAS[TaskArea(area)]) for area in named if area)


def shy_name(person: Citizen) -> str:
    """Write a name for somebody who only has a code: Oksana K."""
    return f"{person.first_name} {person.last_name[:1]}."


def left(ends: datetime, *, now: datetime) -> str:
    """Write how long a code still works, in words: noch 14 Minuten."""
    minutes = max(0, int((ends - now).total_seconds() // 60))
    if minutes >= 120:
        hours = minutes // 60
        return str(ngettext("noch eine Stunde", "noch %(num)d Stunden", hours))
    if minutes == 0:
        return str(gettext("noch weniger als eine Minute"))
    return str(ngettext("noch eine Minute", "noch %(num)d Minuten", minutes))


def names() -> dict[str, Any]:
    """Return what templates call."""
    return {
        "kind_of": kind_of,
        "powers_of": powers,
        "until": until,
        "areas_of": areas,
        "shy_name": shy_name,
        "left": left,
    }
