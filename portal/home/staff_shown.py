"""The numbers at the head of the staff's start page, as `components/glance.html` shows them."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from portal.core.templating import has_endpoint
from portal.home.staff_queries import TALLIED, Glance
from portal.inbox.forms import arguments_of

LABELS: dict[str, LazyString] = {
    "late": _("überfällig bei mir"),
    "today": _("heute fällig bei mir"),
    "urgent": _("dringend bei mir"),
    "news": _("neu oder geändert für mich"),
    "free": _("im Team noch frei"),
    "team_late": _("überfällig im Team"),
    "escalated": _("eskaliert"),
    "hand_overs": _("Übergaben hängen im Team"),
    "release": _("Entscheidungen zur Freigabe"),
}
TONES = {
    "late": "danger",
    "team_late": "danger",
    "escalated": "danger",
    "hand_overs": "danger",
    "today": "warning",
    "urgent": "warning",
    "release": "warning",
}


def glances(found: Sequence[Glance], *, approvals: int) -> list[dict[str, Any]]:
    """Return number, label, address and tone of each list; a list with nothing in it is quiet."""
    shown: list[dict[str, Any]] = [
        {
            "count": gettext("über %(most)d", most=TALLIED - 1) if one.is_many else one.count,
            "label": LABELS[one.key],
            "href": _address(one),
            "tone": TONES.get(one.key, "neutral") if one.count else "quiet",
        }
        for one in found
    ]
    if approvals and has_endpoint("staff_casefiles.approvals"):
        shown.append(
            {
                "count": approvals,
                "label": gettext("wartet auf meine Freigabe"),
                "href": url_for("staff_casefiles.approvals"),
                "tone": "warning",
            }
        )
    return shown


def _address(one: Glance) -> str:
    """Return the list that a number counts; of hand-overs, the table with the limit of each."""
    if one.key == "hand_overs" and has_endpoint("staff_hand_overs.index"):
        return url_for("staff_hand_overs.index")
    arguments: dict[str, Any] = dict(arguments_of(one.filters))
    return url_for("staff_inbox.index", **arguments)
