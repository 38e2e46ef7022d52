"""The list of what waits: filtered, sorted, page by page, and what moves in it while it is open."""

from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts import queries as accounts
from portal.accounts.models import Right, StaffMember
from portal.accounts.rules import can
from portal.accounts.session import signed_in_staff, staff
from portal.core import clock
from portal.core.db import db
from portal.core.requests import page_number
from portal.inbox import links, list_rules, many, queries, rules, saved_queries, shown, steps
from portal.inbox.filters import Filters, View
from portal.inbox.forms import (
    DEED_NAMES,
    VIEW_NAMES,
    FilterForm,
    SaveViewForm,
    active_of,
    arguments_of,
    filters_from,
)
from portal.inbox.staff_views.blueprint import blueprint
from portal.office import queries as office
from portal.office.queries import Standing


@blueprint.get("")
@staff(Right.USE_INBOX)
def index() -> ResponseReturnValue:
    """Show what waits; without a filter in the address, the view that the asker begins with."""
    asker = signed_in_staff()
    if not request.args:
        begins_with = saved_queries.default_of(db.session, asker=asker)
        if begins_with is not None:
            return redirect(url_for(".index", **begins_with.arguments))
    colleagues = accounts.colleagues_of(db.session, asker=asker)
    standing = _standing(asker)
    stamp = queries.stamp(db.session, standing=standing)
    filters = filters_from(request.args)
    found = _list(filters, colleagues, standing, stamp)
    form = FilterForm(request.args)
    form.offer(colleagues, found["teams"])
    return render_template(
        "inbox/staff/index.html",
        filter_form=form,
        active=_active(form, filters),
        save_form=SaveViewForm(None),
        saved=saved_queries.views_of(db.session, asker=asker),
        default=saved_queries.default_of(db.session, asker=asker),
        deeds=DEED_NAMES,
        deed=many.latest(db.session, asker=asker, now=clock.now()),
        **found,
    )


@blueprint.get("/stand")
@staff(Right.USE_INBOX)
def news_of_list() -> ResponseReturnValue:
    """Tell an open list whether anything has moved, and what it shows now."""
    asker = signed_in_staff()
    standing = _standing(asker)
    stamp = queries.stamp(db.session, standing=standing)
    if stamp == request.args.get("seit"):
        return Response(status=204, mimetype="application/json")
    colleagues = accounts.colleagues_of(db.session, asker=asker)
    shown = _list(filters_from(request.args), colleagues, standing, stamp)
    return jsonify(
        stamp=stamp,
        beside=render_template("inbox/staff/_views.html", **shown),
        list=render_template("inbox/staff/_list.html", **shown),
    )


def _standing(asker: StaffMember) -> Standing:
    """Return for whom the asker stands today: asked once for all that the page reads."""
    return office.standing_of(db.session, asker, day=clock.local_date(clock.now()))


def _list(
    filters: Filters, colleagues: Sequence[StaffMember], standing: Standing, stamp: str
) -> dict[str, Any]:
    """Return what the list shows; the stamp was read first: what moves meanwhile is shown again."""
    page, today = page_number(), clock.local_date(clock.now())
    rows = queries.rows(db.session, standing=standing, filters=filters, today=today, page=page)
    arguments = arguments_of(filters)
    counts = queries.counts(db.session, standing=standing, today=today)
    teams = queries.teams_of(db.session, rows, standing=standing, filters=filters)
    if filters.team:
        teams.setdefault(filters.team, gettext("ein anderes Team"))
    return {
        "rows": rows[: queries.PAGE],
        "has_more": len(rows) > queries.PAGE,
        "page": page,
        "filters": filters,
        "arguments": arguments,
        "here": dict(arguments, seite=page) if page > 1 else arguments,
        "ways": steps.ways_of(db.session, [row.item for row in rows]),
        "last_call": shown.last_call,
        # Each name is translated here: the steps of a page are many, their kinds few.
        "step_names": {kind: str(name) for kind, name in shown.STEP_NAMES.items()},
        "counts": counts,
        "teams": teams,
        "told": queries.TOLD,
        "colleagues": [one for one in colleagues if rules.has_inbox(one)],
        "receivers": _receivers(rows, colleagues, asker=standing.member),
        "views": _views(counts, filters),
        "kinds": links.NAMES,
        "rules": rules,
        "list_rules": list_rules,
        "stands_in_for": standing.absent_ids,
        "today": today,
        "stamp": stamp,
        "at_once": queries.AT_ONCE,
    }


def _receivers(
    rows: Sequence[queries.Row], colleagues: Sequence[StaffMember], *, asker: StaffMember
) -> Sequence[StaffMember]:
    """Return who may get one of these; who stands in elsewhere gives things back there."""
    elsewhere = {row.item.team_id for row in rows} - {asker.team_id}
    others = accounts.members_of(db.session, teams=elsewhere) if elsewhere else ()
    return [one for one in (*colleagues, *others) if rules.has_inbox(one)]


def _views(counts: dict[View, int], filters: Filters) -> dict[View, Any]:
    """Return the views to choose from; what escalated stands there for who leads, or has some."""
    asked = counts[View.ESCALATED] or filters.view is View.ESCALATED
    leads = can(signed_in_staff(), Right.SEE_TEAM)
    return {
        view: name for view, name in VIEW_NAMES.items() if view != View.ESCALATED or asked or leads
    }


def _active(form: FilterForm, filters: Filters) -> list[dict[str, str]]:
    """Return what narrows the list, as `components/filter_bar.html` shows it."""
    return [
        {"label": one.label, "words": one.words, "href": url_for(".index", **one.without)}
        for one in active_of(form, filters)
    ]
