"""What need not be typed again: answers of earlier applications, the profile, the file."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.applications import queries
from portal.applications.definitions import Form
from portal.applications.models import Source
from portal.applications.places import APPLICANT, Kept, Place, Value
from portal.applications.questions import AddressQuestion, PersonQuestion, Question
from portal.applications.sheet import Sheet
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Case


def answers(session: Session, *, form: Form, citizen: Citizen, now: datetime) -> dict[Place, Kept]:
    """Collect what is known for a new draft: the newest application first, then profile and file.

    A question means the same fact in every form that asks it, so any application counts.
    """
    found: dict[Place, Kept] = {}
    gone: set[UUID] = set()
    lately = queries.sent_lately(session, asker=citizen)
    for sheet in queries.own_sheets_now(session, applications=lately):
        gone |= left_household(sheet)
        found = _added(form, sheet, found, gone)
    case = casefiles.case_of(session, asker=citizen)
    for question in form.questions.values():
        value = _prefill(question, citizen, case)
        place = Place(question.id)
        if value and form.owners[question.id].per is None and place not in found:
            found[place] = Kept(value, Source.PROFILE)
    return found


def left_household(sheet: Sheet) -> set[UUID]:
    """Return the persons who have moved out or died, as an application says."""
    asked = (q for q in sheet.form.every_question if isinstance(q, PersonQuestion) and q.leaves)
    named = (sheet.answer(question.id) for question in asked)
    return {UUID(str(one)) for one in named if one and one != "applicant"}


def carried(form: Form, earlier: Sheet) -> dict[Place, Kept]:
    """Return the answers of a sent application that the form takes over."""
    rows: set[UUID | None] = {None, APPLICANT}
    if form.people is not None and earlier.form.people is not None:
        rows |= set(earlier.rows(earlier.form.people))
    return {
        place: Kept(kept.value, Source.EARLIER)
        for place, kept in earlier.kept.items()
        if _carries(form, earlier.form, place) and place.owner in rows and not kept.is_later
        if not earlier.hides_place(place)
    }


def _added(
    form: Form, earlier: Sheet, known: Mapping[Place, Kept], gone: Collection[UUID]
) -> dict[Place, Kept]:
    """Add what an older application knows; a list is taken whole, from the newest that has it.

    Who has left the household since is not taken along.
    """
    lists = {form.owners[place.question].group for place in known}
    own_rows = {place.row for place in known if place.row is not None}
    extra = {
        place: kept
        for place, kept in carried(form, earlier).items()
        if place.row not in gone and place.owner not in gone
        if (group := form.owners[place.question].group) is None or group not in lists
        if place.owner in {None, APPLICANT} or place.owner in own_rows or not own_rows
    }
    return extra | dict(known)


def _carries(form: Form, earlier: Form, place: Place) -> bool:
    """Tell whether both forms ask this of the same kind of owner and take it over."""
    here, there = form.find(place.question), earlier.find(place.question)
    if here is None or there is None or here.type != there.type:
        return False
    if form.section_of[form.page_of[here.id].id].fresh:
        return False
    same_place = form.owners[here.id] == earlier.owners[there.id]
    return here.carry and there.carry and same_place


def _prefill(question: Question, citizen: Citizen, case: Case | None) -> Value | None:
    where, _, name = (question.prefill or "").partition(".")
    if isinstance(question, AddressQuestion) and name == "address":
        parts = {name: getattr(citizen, name) for name in ("street", "postcode", "city")}
        return {name: value for name, value in parts.items() if value} or None
    known = {"profile": citizen, "case": case}.get(where)
    value = getattr(known, name, None)
    return str(value) if value else None
