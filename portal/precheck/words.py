"""German words for who and what stands in the estimate."""

from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from portal.precheck.answers import Answers
from portal.precheck.household import Place
from portal.precheck.needs import Need

NEEDS: dict[Need, Any] = {
    Need.STANDARD: lazy_gettext("Regelbedarf"),
    Need.SUPPLEMENT: lazy_gettext("Sofortzuschlag für Kinder"),
    Need.PREGNANT: lazy_gettext("Mehrbedarf: schwanger ab der 13. Woche"),
    Need.SINGLE_PARENT: lazy_gettext("Mehrbedarf: allein erziehend"),
    Need.PARTICIPATION: lazy_gettext("Mehrbedarf: Leistungen zur Teilhabe"),
    Need.CAP: lazy_gettext("Mehrbedarf: höchstens ein Regelbedarf"),
    Need.HOT_WATER: lazy_gettext("Mehrbedarf: eigenes Warmwasser"),
}

LAW: dict[Need, str] = {
    Need.STANDARD: "§ 20 SGB II",
    Need.SUPPLEMENT: "§ 72 SGB II",
    Need.PREGNANT: "§ 21 Abs. 2 SGB II",
    Need.SINGLE_PARENT: "§ 21 Abs. 3 SGB II",
    Need.PARTICIPATION: "§ 21 Abs. 4 SGB II",
    Need.CAP: "§ 21 Abs. 8 SGB II",
    Need.HOT_WATER: "§ 21 Abs. 7 SGB II",
}


def person(answers: Answers, number: int) -> str:
    """Name the person at `number` (from 0) as the pages do: Sie, Kind 1 (4 Jahre)."""
    place = answers.place_of(number)
    if place is Place.SELF:
        said = gettext("Sie")
    elif place is Place.PARTNER:
        said = gettext("Partnerin oder Partner")
    else:
        said = _child(number - answers.has_partner, answers.people[number].age)
    return str(said)


def _child(number: int, age: int | None) -> Any:
    if age is None:
        return gettext("Kind %(number)s", number=number)
    if age == 0:
        return gettext("Kind %(number)s (unter einem Jahr)", number=number)
    return ngettext(
        "Kind %(number)s (%(num)d Jahr)", "Kind %(number)s (%(num)d Jahre)", age, number=number
    )
