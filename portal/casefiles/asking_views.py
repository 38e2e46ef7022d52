"""Staff pages of requests for evidence: asking, one request with its answer, what comes next.

Opening a request is a reading of the case and is written down (see `readings`), so the GET view of
it wears `@commits`.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from portal.accounts.models import Citizen, Right, StaffMember
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import (
    asked,
    asking,
    asking_forms,
    deadlines,
    evidence,
    law,
    queries,
    readings,
    rules,
    shown,
)
from portal.casefiles.models import Case, EvidenceRequest
from portal.core import clock
from portal.core.browser import own_path
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, PortalError

blueprint = Blueprint("staff_casefiles_evidence", __name__, url_prefix="/amt/akten")


@blueprint.get("/<uuid:id>/anfordern")
@staff(Right.CHECK_DOCUMENTS)
def ask(id: UUID) -> ResponseReturnValue:
    """Ask first of whom and what, then show each request as the person will read it."""
    found = queries.case_for_staff(db.session, id, asker=signed_in_staff())
    pick = _pick_form(found)
    if not request.args.getlist("art"):
        return _pick_page(found, pick)
    if not pick.validate():
        return _pick_page(found, pick), 422
    return _ask_page(found, pick, _ask_form(found, pick))


@blueprint.post("/<uuid:id>/anfordern")
@staff(Right.CHECK_DOCUMENTS)
@commits
def send_request(id: UUID) -> ResponseReturnValue:
    """Ask a person of the case for papers, or show the preview once more."""
    by = signed_in_staff()
    found = queries.case_for_staff(db.session, id, asker=by)
    pick = _pick_form(found)
    if not pick.validate():
        return _pick_page(found, pick), 422
    form = _ask_form(found, pick)
    valid = form.validate_on_submit() and _day_is_fine(form)
    if not valid or "preview" in request.form:
        return _ask_page(found, pick, form), 200 if valid else 422
    owner = _person(found, pick.person.data)
    _ask(found, owner, pick, form, by)
    flash(gettext("%(name)s hat jetzt eine Aufgabe im Portal.", name=owner.name), "success")
    return redirect(url_for("staff_casefiles.case", id=found.id))


def _ask(found: Case, owner: Citizen, pick: Any, form: Any, by: StaffMember) -> None:
    asking.ask_all(
        db.session,
        case=found,
        owner=owner,
        wishes=form.wishes(pick.chosen),
        about=_person(found, form.about_id or pick.person.data),
        due_on=form.due_on.data,
        by=by,
        now=clock.now(),
    )


def _pick_form(found: Case) -> asking_forms.PickForm:
    people = [member.citizen for member in found.members]
    given = MultiDict(request.args)
    given.setdefault("person", str(people[0].id))
    return asking_forms.PickForm(given).offer(people)


def _pick_page(found: Case, pick: asking_forms.PickForm) -> str:
    return render_template("casefiles/staff/ask.html", form=pick, case=found)


def _ask_form(found: Case, pick: asking_forms.PickForm) -> Any:
    today = clock.local_date(clock.now())
    made = asking_forms.ask_form(pick.chosen, today=today)
    usual = {kind.value: asking_forms.usual(kind, today=today) for kind in pick.chosen}
    form = made(
        data={
            "about": pick.person.data,
            "due_on": deadlines.usual_day(today, land=_land()),
            **usual,
        }
    )
    return form.offer([member.citizen for member in found.members])


def _ask_page(found: Case, pick: asking_forms.PickForm, form: Any) -> str:
    owner, about = pick.person.data, form.about_id
    names = {str(member.citizen_id): member.citizen.name for member in found.members}
    today = clock.local_date(clock.now())
    return render_template(
        "casefiles/staff/ask_for.html",
        case=found,
        owner=names[owner],
        form=form,
        parts=[
            (
                form[wish.kind.value],
                asked.preview(
                    wish,
                    due_on=form.due_on.data,
                    about=names.get(about) if about != owner else None,
                    today=today,
                ),
            )
            for wish in form.wishes(pick.chosen)
        ],
    )


def _person(found: Case, id: str) -> Citizen:
    return next(one.citizen for one in found.members if str(one.citizen_id) == id)


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land


def _day_is_fine(form: Any) -> bool:
    try:
        deadlines.check(form.due_on.data, today=clock.local_date(clock.now()), land=_land())
    except PortalError as error:
        form.refuse(error)
        return False
    return True


@blueprint.get("/anforderungen/<uuid:id>")
@staff(Right.READ_FILES)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show one request with its answer and what can be done; the view is written down."""
    by = signed_in_staff()
    found = queries.request_for(db.session, id, by)
    case = queries.case_for_staff(db.session, found.case_id, asker=by)
    readings.note_case(db.session, case=case, by=by, now=clock.now())
    today = clock.local_date(clock.now())
    form = asking_forms.AskAgainForm(
        formdata=None, why=found.why, due_on=deadlines.usual_day(today, land=_land())
    )
    return _page(found, case, form)


def _page(found: EvidenceRequest, case: Case, form: asking_forms.AskAgainForm) -> str:
    by = signed_in_staff()
    today = clock.local_date(clock.now())
    papers = queries.documents_answering(db.session, request=found, asker=by)
    owner = db.session.get_one(Citizen, found.owner_id)
    return render_template(
        "casefiles/staff/request.html",
        asked=found,
        case=case,
        form=form,
        state=asked.staff_state(found, today=today),
        details=asked.staff_details(
            found,
            owner=owner.name,
            said_by=evidence.said_by_other(db.session, request=found),
            today=today,
        ),
        paper_rows=asked.paper_rows(papers, map(shown.staff_state, papers)),
        may_close=rules.can_close(found, by),
        wants_more_time=deadlines.wants_more_time(found),
        consequence=law.may_lead_to_withholding(found),
        next=request.values.get("next", ""),
    )


@blueprint.post("/anforderungen/<uuid:id>/zuruecknehmen")
@staff(Right.CHECK_DOCUMENTS)
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take a request back."""
    by = signed_in_staff()
    found = queries.request_to_change(db.session, id, by)
    asking.withdraw(db.session, request=found, by=by, now=clock.now())
    flash(gettext("Die Anforderung ist zurückgenommen."), "success")
    return redirect(_next_after(found))


@blueprint.post("/anforderungen/<uuid:id>/erledigt")
@staff(Right.CHECK_DOCUMENTS)
@commits
def settle(id: UUID) -> ResponseReturnValue:
    """Settle a request: the answer is enough."""
    by = signed_in_staff()
    found = queries.request_to_change(db.session, id, by)
    asking.settle(db.session, request=found, by=by, now=clock.now())
    flash(gettext("Die Anforderung ist erledigt."), "success")
    return redirect(_next_after(found))


@blueprint.post("/anforderungen/<uuid:id>/mehr-zeit")
@staff(Right.CHECK_DOCUMENTS)
@commits
def give_time(id: UUID) -> ResponseReturnValue:
    """Give more time, or stay with the day."""
    by = signed_in_staff()
    found = queries.request_to_change(db.session, id, by)
    deeds = {"ja": asking.extend, "nein": asking.keep_deadline}
    deed = deeds.get(request.form.get("antwort", ""))
    if deed is None:
        raise InvalidInput(gettext("Sagen Sie bitte ja oder nein."))
    deed(db.session, request=found, by=by, now=clock.now())
    flash(gettext("Die Person weiß jetzt Bescheid."), "success")
    return redirect(_next_after(found))


@blueprint.post("/anforderungen/<uuid:id>/noch-einmal")
@staff(Right.CHECK_DOCUMENTS)
@commits
def ask_again(id: UUID) -> ResponseReturnValue:
    """Ask once more, with other words or another day."""
    by = signed_in_staff()
    found = queries.request_to_change(db.session, id, by)
    form: Any = asking_forms.AskAgainForm()
    if not form.validate_on_submit() or not _day_is_fine(form):
        case = queries.case_for_staff(db.session, found.case_id, asker=by)
        return _page(found, case, form), 422
    asking.ask_again(
        db.session,
        request=found,
        why=form.why.data or "",
        due_on=form.due_on.data,
        by=by,
        now=clock.now(),
    )
    flash(gettext("Die Aufgabe ist erneuert. Die Person bekommt eine Nachricht."), "success")
    return redirect(_next_after(found))


def _next_after(found: EvidenceRequest) -> str:
    return own_path(request.form.get("next"), url_for("staff_inbox.next_item", von=found.id))
