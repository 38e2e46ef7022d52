"""Staff pages about who acts for the people of a case: what was shown on paper, and ending it.

They stand here and not with representation, because the case opens them: who may not see the case
finds nothing.
"""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.models import Citizen, Right
from portal.accounts.pages import again
from portal.accounts.session import signed_in_staff, staff
from portal.casefiles import queries
from portal.casefiles.models import Case
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import InvalidInput, PortalError
from portal.representation import queries as representations
from portal.representation import rules, service, words
from portal.representation.forms import EndForm, RecordForm

blueprint = Blueprint(
    "staff_representation", __name__, url_prefix="/amt/akten/<uuid:case_id>/vertretung"
)

LIST = "representation/staff/index.html"
RECORD = "representation/staff/record.html"


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return words.names()


@blueprint.get("")
@staff(Right.RECORD_REPRESENTATION)
def index(case_id: UUID) -> ResponseReturnValue:
    """Show who acts for the people of the case."""
    return render_template(LIST, **_shown(_case(case_id)), form=EndForm())


@blueprint.get("/neu")
@staff(Right.RECORD_REPRESENTATION)
def new(case_id: UUID) -> ResponseReturnValue:
    """Ask for what stands on the paper."""
    found = _case(case_id)
    form = RecordForm(people=_people(found))
    return render_template(RECORD, form=form, case=found)


@blueprint.post("/neu")
@staff(Right.RECORD_REPRESENTATION)
@commits
def record(case_id: UUID) -> ResponseReturnValue:
    """Write down a guardian or a power of attorney that was shown on paper."""
    found = _case(case_id)
    form = RecordForm(people=_people(found))
    if not form.validate_on_submit():
        return again(RECORD, form, case=found)
    try:
        made = _record(form, found)
    except PortalError as error:
        return again(RECORD, form, error, case=found)
    flash(
        gettext(
            "%(name)s handelt jetzt für %(other)s.",
            name=made.representative.name,
            other=made.principal.name,
        ),
        "success",
    )
    return redirect(url_for(".index", case_id=case_id))


@blueprint.post("/<uuid:id>/beenden")
@staff(Right.RECORD_REPRESENTATION)
@commits
def end(case_id: UUID, id: UUID) -> ResponseReturnValue:
    """End a representation; the reason is written down."""
    found, form = _case(case_id), EndForm()
    if not form.validate_on_submit():
        return again(LIST, form, **_shown(found))
    ended = representations.one_about(db.session, id, people=_people(found))
    service.end_by_office(
        db.session,
        representation=ended,
        why=form.why.data or "",
        by=signed_in_staff(),
        now=clock.now(),
        case_id=found.id,
    )
    flash(gettext("Die Vertretung ist beendet."), "success")
    return redirect(url_for(".index", case_id=case_id))


def _case(id: UUID) -> Case:
    return queries.case_for_staff(db.session, id, asker=signed_in_staff())


def _people(case: Case) -> list[Citizen]:
    return [member.citizen for member in case.members]


def _shown(case: Case) -> dict[str, Any]:
    now = clock.now()
    found = representations.about(db.session, people=_people(case), now=now)
    return {
        "case": case,
        "found": found,
        "now_is": now,
        "needs_consent": rules.needs_consent(found, now=now),
    }


def _record(form: RecordForm, case: Case) -> Any:
    """Find the two people and let the deed judge the rest."""
    now = clock.now()
    principal = next(one for one in _people(case) if str(one.id) == form.principal.data)
    representative = accounts.citizen_by_address(db.session, form.address.data or "")
    if representative is None or representative.confirmed_at is None:
        raise InvalidInput(
            gettext("Zu dieser Adresse gibt es kein bestätigtes Konto."), field="address"
        )
    if representative.id == principal.id:
        raise InvalidInput(gettext("Das ist dieselbe Person."), field="address")
    ends_on = form.ends_on.data
    return service.grant(
        db.session,
        principal=principal,
        representative=representative,
        **form.granted,
        starts_at=now,
        ends_at=datetime.combine(ends_on, time.max, tzinfo=clock.BERLIN) if ends_on else None,
        by=signed_in_staff(),
        now=now,
        case_id=case.id,
    )
