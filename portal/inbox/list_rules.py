"""What may be closed from the list, and who may delete a kept view."""

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.core.errors import Conflict, NotAllowed
from portal.inbox import rules
from portal.inbox.list_models import SavedView
from portal.inbox.models import ItemKind, WorkItem

BY_HAND = frozenset(
    {
        ItemKind.APPOINTMENT_CANCELLED,
        ItemKind.AWARD_ENDS,
        ItemKind.CALLBACK_WANTED,
        ItemKind.INTERPRETER_WANTED,
        ItemKind.LETTER_ARRIVAL,
        ItemKind.NOTE_REMARK,
        ItemKind.SLOTS_SHORT,
    }
)
"""Kinds that say something and ask for no step in the portal: read or arranged is done.

Every other kind is closed by its step, so that nothing is ticked off that nobody has done.
"""


def check_can_finish(item: WorkItem, by: StaffMember) -> None:
    """Raise unless `by` may close the item by hand."""
    rules.check_is_open(item)
    if item.kind not in BY_HAND:
        raise NotAllowed(
            gettext("Das erledigt nur der Schritt „%(step)s“ selbst.", step=item.next_step)
        )
    if not rules.can_hand_over(item, by):
        name = item.assignee.name if item.assignee else ""
        raise NotAllowed(gettext("Das bearbeitet %(name)s.", name=name))


def can_finish(item: WorkItem, by: StaffMember) -> bool:
    """Tell whether the button „Erledigt“ helps."""
    return item.kind in BY_HAND and rules.can_hand_over(item, by)


def check_can_put_off(item: WorkItem) -> None:
    """Raise for a Wiedervorlage itself: that one is moved to another day."""
    if item.kind is ItemKind.FOLLOW_UP:
        raise Conflict(gettext("Das ist schon eine Wiedervorlage. Öffnen und verschieben Sie sie."))


def can_forget_view(view: SavedView, by: StaffMember) -> bool:
    """Tell whether `by` may delete a kept view: the own, or one of the team that `by` leads."""
    leads = view.team_id == by.team_id and accounts.can(by, Right.SEE_TEAM)
    return view.owner_id == by.id or leads
