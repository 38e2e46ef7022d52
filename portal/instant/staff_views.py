"""Staff pages: who needs help first, everything typed, the file it belongs to, the answer."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.models import Right
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput
from portal.core.requests import page_number
from portal.core.templating import short_day, short_moment
from portal.inbox import clocks
from portal.inbox.models import ItemKind
from portal.instant import queries, rules, words
from portal.instant.forms import AnswerForm, OpenCaseForm, SearchForm, SettleForm
from portal.instant.models import InstantApplication, InstantState
from portal.instant.service import office

blueprint = Blueprint("staff_instant", __name__, url_prefix="/amt/sofortantraege")

PAGE = 50


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "rules": rules}


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land


def _one(id: UUID) -> InstantApplication:
    return queries.for_staff(db.session, id, asker=signed_in_staff())


@blueprint.get("")
@staff(Right.PROCESS_APPLICATIONS)
def index() -> ResponseReturnValue:
    """List those that wait for an answer, the most urgent first; `?stand=erledigt` the others."""
    is_open = request.args.get("stand") != "erledigt"
    number = page_number()
    found, count = queries.list_for_staff(
        db.session,
        asker=signed_in_staff(),
        is_open=is_open,
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    return render_template(
        "instant/staff/index.html",
        rows=[_row(one) for one in found],
        is_open=is_open,
        count=count,
        number=number,
        last=-(-count // PAGE),
    )


def _row(application: InstantApplication) -> dict[str, Any]:
    """Write one for the table."""
    urgent = words.why_urgent(application.emergencies, None)
    due = rules.due_on(application.received_at, application.urgency, land=_land())
    return {
        "person": {"label": application.name, "href": url_for(".show", id=application.id)},
        "number": application.number,
        "received": short_moment(application.received_at),
        "counts": short_day(application.effective_from),
        "urgent": {"label": urgent, "tone": "danger"} if urgent else None,
        "due": short_day(due) if rules.is_open(application) else None,
        "reference": application.case.file_reference if application.case else None,
        "state": {
            "label": words.STATES[application.state],
            "tone": words.TONES[application.state],
        },
    }


@blueprint.get("/<uuid:id>")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def show(id: UUID) -> ResponseReturnValue:
    """Show everything typed and who it may be; the view is written down."""
    application = _one(id)
    office.record_view(db.session, application=application, by=signed_in_staff(), now=clock.now())
    return _page(application)


@blueprint.post("/<uuid:id>/gesehen")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def see(id: UUID) -> ResponseReturnValue:
    """Say that somebody looks after it."""
    office.mark_seen(db.session, application=_one(id), by=signed_in_staff(), now=clock.now())
    flash(gettext("Vermerkt: gesehen. Die Person sieht das auch."), "success")
    return redirect(url_for(".show", id=id), 303)


@blueprint.post("/<uuid:id>/akte")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def link(id: UUID) -> ResponseReturnValue:
    """Take it to the file of a person whom the officer has chosen."""
    application, me = _one(id), signed_in_staff()
    chosen = request.form.get("person", type=UUID)
    if chosen is None:
        raise InvalidInput(gettext("Wählen Sie eine Person aus. Gehen Sie dazu zurück."))
    case, person = queries.person_of_file(db.session, chosen, asker=me)
    office.link(
        db.session,
        application=application,
        case=case,
        person=person,
        by=me,
        now=clock.now(),
        land=_land(),
    )
    flash(gettext("Der Sofortantrag liegt jetzt in der Akte %(ref)s.", ref=case.file_reference))
    return redirect(url_for(".show", id=id), 303)


@blueprint.post("/<uuid:id>/neue-akte")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def open_case(id: UUID) -> ResponseReturnValue:
    """Open a file for somebody who has none."""
    application, form = _one(id), OpenCaseForm()
    if not form.validate():
        return _page(application, open_form=form), 422
    case = office.open_case(
        db.session,
        application=application,
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        by=signed_in_staff(),
        now=clock.now(),
        land=_land(),
    )
    flash(gettext("Die Akte %(ref)s ist angelegt.", ref=case.file_reference), "success")
    return redirect(url_for(".show", id=id), 303)


@blueprint.post("/<uuid:id>/antwort")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def answer(id: UUID) -> ResponseReturnValue:
    """Say what was done about it, and go on to the next item."""
    application, form = _one(id), AnswerForm()
    if not form.validate():
        return _page(application, answer_form=form), 422
    office.answer(
        db.session,
        application=application,
        words=form.words.data or "",
        by=signed_in_staff(),
        now=clock.now(),
    )
    flash(gettext("Der Sofortantrag ist beantwortet."), "success")
    return redirect(url_for(".show", id=id), 303)


@blueprint.post("/<uuid:id>/erledigt")
@staff(Right.PROCESS_APPLICATIONS)
@commits
def settle(id: UUID) -> ResponseReturnValue:
    """Say how it ended without a main application."""
    application, form = _one(id), SettleForm()
    if not form.validate():
        return _page(application, settle_form=form), 422
    office.settle(
        db.session,
        application=application,
        why=form.why.data or "",
        by=signed_in_staff(),
        now=clock.now(),
    )
    flash(gettext("Der Sofortantrag ist erledigt."), "success")
    return redirect(url_for(".show", id=id), 303)


def _page(
    application: InstantApplication,
    *,
    answer_form: AnswerForm | None = None,
    open_form: OpenCaseForm | None = None,
    settle_form: SettleForm | None = None,
) -> str:
    me, can_link = signed_in_staff(), rules.can_link(application)
    first, _, last = application.name.rpartition(" ")
    search = SearchForm(request.args, meta={"csrf": False})
    people = (
        queries.candidates(db.session, application=application, asker=me, search=search.words)
        if can_link
        else []
    )
    return render_template(
        "instant/staff/show.html",
        application=application,
        answers=application.answers,
        why_urgent=words.why_urgent(application.emergencies, application.answers["need"]),
        lane=queries.lane_of(db.session, application=application),
        search=search,
        people=people,
        can_link=can_link,
        can_see=rules.can_go(application, InstantState.SEEN),
        can_answer=rules.can_go(application, InstantState.ANSWERED),
        answer_form=answer_form or AnswerForm(formdata=None),
        open_form=open_form or OpenCaseForm(formdata=None, first_name=first, last_name=last),
        settle_form=settle_form or SettleForm(formdata=None),
        can_settle=rules.can_settle(application),
        limit_on=clocks.limit_on(
            ItemKind.INSTANT_UNDECIDED, clock.local_date(application.received_at)
        ),
        wrong=answer_form or open_form or settle_form,
    )
