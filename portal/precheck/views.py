"""The pages of the pre-check: for everybody, without sign-in; nothing is kept or written down.

There is no limit on how often somebody may ask: an estimate costs no more than an empty page, and
counting would be the only thing that keeps a trace of who asked.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import anyone
from portal.precheck import amounts, housing_limits, pages, shown
from portal.precheck.answers import Answers, opened, sealed
from portal.precheck.calculation import estimate
from portal.precheck.pages import Page

blueprint = Blueprint("precheck", __name__, url_prefix="/anspruch-pruefen")


@blueprint.get("")
@anyone
def index() -> ResponseReturnValue:
    """Say what the pre-check is and what it is not."""
    return render_template(
        "precheck/index.html",
        too_old="veraltet" in request.args,
        instant=shown.INSTANT_APPLICATION,
    )


@blueprint.get(f"/{pages.RESULT}")
@anyone
def result() -> ResponseReturnValue:
    """Show the estimate with every step."""
    answers = _answers()
    following = pages.after(_pages(answers), answers)
    if following != pages.RESULT:
        return _to(following, answers)
    today = clock.local_date(clock.now())
    held, limits = amounts.on(today), housing_limits.on(today)
    found = estimate(answers.household(on=today), held, limits)
    told = shown.result(answers, found, held, limits)
    return render_template("precheck/result.html", told=told, answers=_rows(answers))


@blueprint.get("/<string:page_id>")
@anyone
def page(page_id: str) -> ResponseReturnValue:
    """Ask one thing, or what has to be asked before it."""
    answers = _answers()
    asked = pages.page_of(_pages(answers), page_id, answers)
    if asked.id != page_id:
        return _to(asked.id, answers)
    return _shown(answers, asked, asked.form())


@blueprint.post("/<string:page_id>")
@anyone
def answer(page_id: str) -> ResponseReturnValue:
    """Take the answer along to the next page; it is written into the address only."""
    answers = _answers()
    asked = pages.page_of(_pages(answers), page_id, answers)
    if asked.id != page_id:
        return _to(asked.id, answers)
    form = asked.form()
    if not form.validate_on_submit():
        return _shown(answers, asked, form), 422
    taken = asked.take(form)
    return _to(pages.after(_pages(taken), taken), taken)


class TooOld(Exception):
    """The answers in the address cannot be opened any more."""


@blueprint.errorhandler(TooOld)
def begin_again(_error: TooOld) -> ResponseReturnValue:
    """Lead back to the beginning, and say why."""
    return redirect(url_for(".index", veraltet=1))


def _answers() -> Answers:
    """Return what stands in the address: nothing at the beginning."""
    stand = request.args.get("stand", "")
    if not stand:
        return Answers()
    found = opened(stand, now=clock.now())
    if found is None:
        raise TooOld
    return found


def _pages(answers: Answers) -> list[Page]:
    today = clock.local_date(clock.now())
    return pages.pages(answers, child_benefit=amounts.on(today).child_benefit.amount)


def _to(page_id: str, answers: Answers) -> ResponseReturnValue:
    return redirect(_address(page_id, answers))


def _address(page_id: str, answers: Answers) -> str:
    stand = sealed(answers, now=clock.now()) if answers.done else None
    if page_id == pages.RESULT:
        return url_for(".result", stand=stand)
    return url_for(".page", page_id=page_id, stand=stand)


def _shown(answers: Answers, asked: Page, form: Any) -> str:
    listed = _pages(answers)
    earlier = pages.before(listed, asked)
    return render_template(
        "precheck/page.html",
        page=asked,
        form=form,
        step=[one.id for one in listed].index(asked.id) + 1,
        steps=len(listed),
        back=_address(earlier, answers) if earlier else url_for(".index"),
    )


def _rows(answers: Answers) -> list[dict[str, str]]:
    """Name what was answered on each page, with the address at which it can be changed."""
    return [
        {
            "term": one.title,
            "value": shown.said(answers, one.id),
            "change_href": _address(one.id, answers),
        }
        for one in _pages(answers)
    ]
