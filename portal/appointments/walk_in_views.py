"""Staff pages to book for somebody who has an account and no file yet."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.models import Citizen, Right
from portal.accounts.session import signed_in_staff, staff
from portal.appointments import on_behalf_page, walk_ins
from portal.appointments.forms import WORDS, OnBehalfForm
from portal.appointments.on_behalf_page import Plan
from portal.calendars import queries as calendars
from portal.core.db import commits, db

blueprint = Blueprint("staff_walk_ins", __name__, url_prefix="/amt/termine/neu/konto/<uuid:id>")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": WORDS}


@blueprint.get("")
@staff(Right.MANAGE_APPOINTMENTS)
def choose_kind(id: UUID) -> ResponseReturnValue:
    """Ask which kind of appointment it shall be."""
    citizen = _account(id)
    return render_template(
        "appointments/staff/walk_in.html",
        citizen=citizen,
        types=calendars.types_for(db.session, asker=signed_in_staff()),
    )


@blueprint.get("/<string:key>")
@staff(Right.MANAGE_APPOINTMENTS)
def choose_slot(id: UUID, key: str) -> ResponseReturnValue:
    """Show the free times for this person."""
    return on_behalf_page.page(_plan(id, key), OnBehalfForm(formdata=None))


@blueprint.post("/<string:key>")
@staff(Right.MANAGE_APPOINTMENTS)
@commits
def book(id: UUID, key: str) -> ResponseReturnValue:
    """Book on behalf of the person, who gets a mail."""
    return on_behalf_page.book(_plan(id, key))


def _plan(id: UUID, key: str) -> Plan:
    return on_behalf_page.plan_for(_account(id), None, key)


def _account(id: UUID) -> Citizen:
    return walk_ins.account_for(db.session, id, asker=signed_in_staff())
