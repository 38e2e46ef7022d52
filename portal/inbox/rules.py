"""Who may see a work item, take it and hand it on."""

from uuid import UUID

from flask_babel import gettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.core.errors import Conflict, InvalidInput, NotAllowed
from portal.inbox.models import LONGEST_NOTE, Given, WorkItem


def can_see(item: WorkItem, by: StaffMember) -> bool:
    """Tell whether the item lies in the inbox of `by`: the team's, or handed to `by` alone."""
    return item.team_id == by.team_id or item.assignee_id == by.id


def leads(item: WorkItem, by: StaffMember) -> bool:
    """Tell whether `by` leads the team of the item."""
    return item.team_id == by.team_id and accounts.can(by, Right.SEE_TEAM)


def was_told(
    item: WorkItem, by: StaffMember, *, stands_in_for: frozenset[UUID] = frozenset()
) -> bool:
    """Tell whether the item went up to `by`, to somebody `by` stands in for, or to everybody."""
    if item.is_open_to_all:
        in_team = item.team_id == by.team_id and not item.is_private
        return in_team or accounts.can(by, Right.SEE_TEAM)
    return item.is_escalated and item.alarmed_to_id in {by.id, *stands_in_for}


def check_is_open(item: WorkItem) -> None:
    """Raise `Conflict` for an item that somebody has finished."""
    if item.closed_at is not None:
        raise Conflict(gettext("Das hat %(name)s schon erledigt.", name=item.closed_by or ""))


def check_can_claim(
    item: WorkItem, by: StaffMember, *, stands_in_for: frozenset[UUID] = frozenset()
) -> None:
    """Raise unless `by` may take it: free, of somebody absent, gone up to `by`, or `by` leads.

    What was dealt by rule is free for the team until its owner has looked at it.
    """
    check_is_open(item)
    check_no_hand_in_it(item, by)
    near = item.assignee_id in {None, by.id, *stands_in_for}
    near = near or was_told(item, by, stands_in_for=stands_in_for)
    if not near and not leads(item, by) and not _is_only_dealt(item, by):
        name = item.assignee.name if item.assignee else ""
        raise Conflict(gettext("Das hat schon %(name)s übernommen.", name=name))


def can_claim(
    item: WorkItem, by: StaffMember, *, stands_in_for: frozenset[UUID] = frozenset()
) -> bool:
    """Tell whether the button „Übernehmen“ helps."""
    if item.assignee_id == by.id or item.closed_at is not None or has_hand_in_it(item, by):
        return False
    near = item.assignee_id in {None, *stands_in_for}
    near = near or was_told(item, by, stands_in_for=stands_in_for)
    return near or leads(item, by) or _is_only_dealt(item, by)


def _is_only_dealt(item: WorkItem, by: StaffMember) -> bool:
    return item.given is Given.DEALT and item.team_id == by.team_id


def check_can_hand_over(item: WorkItem, by: StaffMember, *, to: StaffMember) -> None:
    """Raise unless `by` may give the item to `to`: the own or a free one, or as team lead."""
    check_is_open(item)
    if not can_hand_over(item, by):
        raise NotAllowed(gettext("Nur wer es bearbeitet oder das Team leitet, gibt es weiter."))
    if to.team_id != item.team_id or not has_inbox(to):
        raise NotAllowed(gettext("%(name)s arbeitet nicht in diesem Team.", name=to.name))
    check_no_hand_in_it(item, to)


def check_note(note: str) -> None:
    """Raise for a note of more than `LONGEST_NOTE` characters."""
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(
            gettext("Höchstens %(count)s Zeichen.", count=LONGEST_NOTE), field="note"
        )


def has_inbox(member: StaffMember) -> bool:
    """Tell whether somebody has an inbox, so that items can be given to them."""
    return accounts.can(member, Right.USE_INBOX)


def has_hand_in_it(item: WorkItem, member: StaffMember) -> bool:
    """Tell whether somebody has worked on what an item asks another person to look at."""
    return str(member.id) in (item.kept_from or ())


def check_no_hand_in_it(item: WorkItem, member: StaffMember) -> None:
    """Raise when an item must go to another person than `member`."""
    if has_hand_in_it(item, member):
        raise NotAllowed(
            gettext(
                "%(name)s hat daran mitgearbeitet. Das muss eine andere Person ansehen.",
                name=member.name,
            )
        )


def may_get(item: WorkItem, member: StaffMember) -> bool:
    """Tell whether the item can go to `member`, as far as the inbox knows."""
    here = member.team_id == item.team_id
    return here and has_inbox(member) and not has_hand_in_it(item, member)


def can_hand_over(item: WorkItem, by: StaffMember) -> bool:
    """Tell whether the choice „Weitergeben an …“ helps."""
    is_near = item.assignee_id in {None, by.id} and can_see(item, by)
    return item.closed_at is None and (is_near or leads(item, by))


def check_not_closed(to: StaffMember, *, is_closed: bool) -> None:
    """Raise when a conflict of interest keeps `to` from the case of an item."""
    if is_closed:
        raise NotAllowed(gettext("%(name)s darf an dieser Akte nicht arbeiten.", name=to.name))
