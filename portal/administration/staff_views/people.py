"""Everybody who works here: the list, inviting somebody, what the roles allow, the own team."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts import rules as account_rules
from portal.accounts import words
from portal.accounts.models import Right
from portal.accounts.pages import again
from portal.accounts.service import inviting
from portal.accounts.session import proved_lately, signed_in_staff, staff
from portal.administration import forms, queries, rules
from portal.administration.queries import Filters
from portal.core import clock
from portal.core.db import commits, db
from portal.core.errors import PortalError
from portal.core.requests import page_number

blueprint = Blueprint("administration", __name__, url_prefix="/amt/verwaltung")
own_team = Blueprint("staff_team", __name__, url_prefix="/amt/verwaltung/team")

INVITE = "administration/staff/invite.html"


@blueprint.app_context_processor
def role_words() -> dict[str, Any]:
    """Give pages the names of roles and states."""
    return {"role_names": words.ROLES, "state_names": forms.STATE_NAMES, "is_over": rules.is_over}


@blueprint.get("")
@staff(Right.ADMINISTER)
def index() -> ResponseReturnValue:
    """List everybody who works here."""
    filters = forms.filters_from(request.args)
    return render_template(
        "administration/staff/index.html",
        filters=filters,
        arguments=forms.arguments_of(filters),
        filter_form=forms.FilterForm(request.args).offer(accounts.teams(db.session)),
        **_page_of(filters),
    )


@own_team.get("", endpoint="index")
@staff(Right.SEE_TEAM)
def team() -> ResponseReturnValue:
    """List the own team, to read only; keys and sign-ins are nothing for a team lead."""
    me = signed_in_staff()
    return render_template(
        "administration/staff/team.html", team=me.team, **_page_of(Filters(team_id=me.team_id))
    )


@blueprint.get("/rollen")
@staff(Right.ADMINISTER)
def roles() -> ResponseReturnValue:
    """Show which role allows what."""
    return render_template(
        "administration/staff/roles.html",
        rights_of=account_rules.RIGHTS,
        sentences=forms.sentence_of,
        right_phrases=words.RIGHT_PHRASES,
    )


@blueprint.get("/einladen")
@staff(Right.ADMINISTER)
@proved_lately
def invite() -> ResponseReturnValue:
    """Show the form for somebody new."""
    return render_template(INVITE, form=_invite_form())


@blueprint.post("/einladen")
@staff(Right.ADMINISTER)
@proved_lately
@commits
def send_invitation() -> ResponseReturnValue:
    """Open an account and send the invitation."""
    form, me, now = _invite_form(), signed_in_staff(), clock.now()
    if not form.validate_on_submit():
        return again(INVITE, form)
    try:
        with db.session.begin_nested():  # no account without its invitation
            member = inviting.add_staff(db.session, **form.given, by=me, now=now)
            inviting.invite(db.session, member=member, by=me, now=now)
    except PortalError as error:
        return again(INVITE, form, error)
    flash(
        gettext(
            "%(name)s ist eingeladen. Der Link in der E-Mail gilt 72 Stunden.", name=member.name
        ),
        "success",
    )
    return redirect(url_for("administration_person.index", person_id=member.id))


def _invite_form() -> forms.InviteForm:
    return forms.InviteForm().offer(accounts.teams(db.session))


def _page_of(filters: Filters) -> dict[str, Any]:
    page = page_number()
    found = queries.entries(db.session, filters=filters, page=page)
    return {
        "entries": found[: queries.PAGE],
        "has_more": len(found) > queries.PAGE,
        "page": page,
    }
