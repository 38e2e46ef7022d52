"""Pages for applicants: apply without an account, see where it stands, connect it, take it back."""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from portal.accounts import representing
from portal.accounts.limits import limited
from portal.accounts.models import Citizen, Power
from portal.accounts.session import (
    citizens,
    needed_session,
    signed_in_citizen,
    whoever_is_signed_in,
)
from portal.casefiles import answers
from portal.core import clock
from portal.core.access import anyone
from portal.core.db import commits, db
from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError, TooMany
from portal.core.templating import day
from portal.instant import codes, proof, queries, rules, words
from portal.instant.forms import CodeForm, InstantForm
from portal.instant.models import InstantApplication, InstantState
from portal.instant.service import applying
from portal.instant.service.applying import Applicant

blueprint = Blueprint("instant", __name__, url_prefix="/sofortantrag")

MAIN_APPLICATION = "/antraege/neu/ha"
"""Where the main application begins; nothing here may import the room that shows it."""


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "rules": rules, "main_application": MAIN_APPLICATION}


def _land() -> str:
    land: str = current_app.config["SETTINGS"].land
    return land


def _applicant(power: Power = Power.SEND) -> Citizen | None:
    """Return for whose account this is, if anybody is signed in who may do it for this person."""
    if not isinstance(whoever_is_signed_in(), Citizen):
        return None
    representing.check_may(needed_session(), power, now=clock.now())
    return signed_in_citizen()


# Applying


@blueprint.get("")
@anyone
def apply() -> ResponseReturnValue:
    """Ask for the least that an application needs; who is signed in finds it filled in."""
    me = _applicant()
    known = {
        name: getattr(me, name)
        for name in ("name", "birth_date", "street", "postcode", "city", "phone", "email")
        if me is not None
    }
    return _form_page(InstantForm(formdata=None, **known), me)


@blueprint.post("")
@anyone
@commits
def send() -> ResponseReturnValue:
    """Take it in, once; what is wrong comes back with everything that was typed."""
    form, me = InstantForm(), _applicant()
    _offer(form)
    if not form.validate() or form.is_of_a_program:
        return _form_page(form, me), 422
    try:
        key = _key_of(form, me)
        application = _lodge(form, key, me)
    except TooMany as refused:
        return _held_up(form, me, refused)
    except PortalError as refused:
        form.refuse(refused)
        return _form_page(form, me, anew=isinstance(refused, Conflict)), refused.status
    proof.keep(application.id, now=clock.now(), key=key)
    return redirect(url_for(".show", id=application.id), 303)


def _key_of(form: InstantForm, me: Citizen | None) -> UUID:
    """Return the key of the form; refuse one that we never showed, or showed to somebody else."""
    read = codes.read_form(form.token.data or "")
    if read is None:
        raise Conflict(gettext("Bitte senden Sie noch einmal. Ihre Angaben stehen noch da."))
    key, whose = read
    if whose != str(me.id if me else ""):
        raise Conflict(
            gettext(
                "Inzwischen ist hier jemand anderes angemeldet, oder niemand mehr. Prüfen Sie Ihre"
                " Angaben und senden Sie noch einmal."
            )
        )
    return key


@limited("instant")
def _lodge(form: InstantForm, key: UUID, me: Citizen | None) -> InstantApplication:
    return applying.lodge(
        db.session,
        key=key,
        typed=form.typed,
        by=me,
        now=clock.now(),
        land=_land(),
        language=get_locale().language,
    )


def _held_up(form: InstantForm, me: Citizen | None, refused: TooMany) -> ResponseReturnValue:
    """Keep what was typed, and name the ways that are open in this minute."""
    page = _form_page(form, me, minutes=-(-refused.retry_after // 60))
    return page, refused.status, {"Retry-After": str(refused.retry_after)}


def _offer(form: InstantForm) -> None:
    form.offer(day(rules.effective_from(clock.now())))


def _form_page(
    form: InstantForm, me: Citizen | None, *, anew: bool = False, minutes: int = 0
) -> str:
    """Show the form; it keeps its key when it comes back, unless that one cannot be used."""
    _offer(form)
    if form.is_of_a_program:
        form.website.data, form.website.raw_data = "", []
        form.form_errors.append(
            gettext(
                "Bitte senden Sie noch einmal. Ein Programm in Ihrem Browser hatte ein Feld "
                "ausgefüllt, das leer bleiben muss. Jetzt ist es leer."
            )
        )
    if anew or codes.read_form(form.token.data or "") is None:
        form.token.data, form.token.raw_data = codes.new_form(me.id if me else None), None
    return render_template("instant/apply.html", form=form, me=me, minutes=minutes)


# What became of it


def _mine(id: UUID, power: Power = Power.SEE) -> InstantApplication:
    """Return one that this browser has the code of, or that belongs to the account."""
    application = queries.by_id(db.session, id)
    if proof.is_shown(id, now=clock.now()) or _is_bound(application, power):
        return application
    raise NotFound


def _is_bound(application: InstantApplication, power: Power) -> bool:
    bound = application.lodgement.citizen_id
    if bound is None or not isinstance(whoever_is_signed_in(), Citizen):
        return False
    me = _applicant(power)
    return me is not None and me.id == bound


@blueprint.get("/<uuid:id>")
@anyone
def show(id: UUID) -> ResponseReturnValue:
    """Show number, day and what happens next; right after sending, the code, this once."""
    application = _mine(id)
    key = proof.key_of(id, now=clock.now())
    hash = application.lodgement.code_hash
    return render_template(
        "instant/show.html",
        application=application,
        answers=application.answers,
        code=codes.code_of(key, code_hash=hash) if key else None,
        just_sent=key is not None,
        is_open_here=proof.is_shown(id, now=clock.now()),
        is_bound=_is_bound(application, Power.SEE),
        due_on=rules.due_on(application.received_at, application.urgency, land=_land()),
    )


@blueprint.get("/<uuid:id>/quittung.pdf")
@anyone
def receipt(id: UUID) -> Response:
    """Send the receipt, byte for byte as its hash was taken."""
    application = _mine(id)
    if application.receipt_file_id is None:
        raise NotFound(gettext("Die Quittung wird gerade geschrieben. Laden Sie die Seite neu."))
    return answers.receipt(application.receipt_file_id, application.number)


@blueprint.get("/<uuid:id>/zurueckziehen")
@anyone
def ask_withdraw(id: UUID) -> ResponseReturnValue:
    """Say what is lost before it is lost."""
    application = _mine(id, Power.SEND)
    rules.check_transition(application, InstantState.WITHDRAWN)
    return render_template("instant/withdraw.html", application=application)


@blueprint.post("/<uuid:id>/zurueckziehen")
@anyone
@commits
def withdraw(id: UUID) -> ResponseReturnValue:
    """Take it back."""
    application = _mine(id, Power.SEND)
    bound = _applicant() if _is_bound(application, Power.SEND) else None
    applying.withdraw(
        db.session, application=application, by=bound or Applicant(id), now=clock.now()
    )
    flash(gettext("Ihr Sofortantrag ist zurückgezogen."))
    return redirect(url_for(".show", id=id), 303)


@blueprint.post("/vergessen")
@anyone
def forget() -> ResponseReturnValue:
    """Let this browser forget what it may see: somebody else uses it next."""
    proof.end()
    return redirect("/", 303)


@blueprint.get("/stand")
@anyone
def ask_code() -> ResponseReturnValue:
    """Ask for number and code; who is signed in sees the own ones without."""
    return _code_page(CodeForm(formdata=None, number=request.args.get("nummer", "")[:40]))


@blueprint.post("/stand")
@anyone
def show_by_code() -> ResponseReturnValue:
    """Recognise the applicant by number and code."""
    form = CodeForm()
    if not form.validate() or (application := _found(form)) is None:
        return _code_page(form), 422
    proof.keep(application.id, now=clock.now())
    return redirect(url_for(".show", id=application.id), 303)


@limited("verification")
def _found(form: CodeForm) -> InstantApplication | None:
    found = queries.by_number_and_code(
        db.session, number=form.number.data or "", code=form.code.data or ""
    )
    if found is None:
        form.refuse(InvalidInput(_not_together(), field="code"))
    return found


def _not_together() -> str:
    return str(
        gettext(
            "Nummer und Code passen nicht zusammen. Vergleichen Sie bitte beide Zeichen für Zeichen"
            " mit Ihrem Zettel. Zwischen 0 und O, 1 und I müssen Sie nicht unterscheiden."
        )
    )


def _code_page(form: CodeForm) -> str:
    me = _applicant(Power.SEE)
    mine = queries.of_citizen(db.session, asker=me) if me else ()
    return render_template("instant/stand.html", form=form, me=me, mine=mine)


# Connecting


@blueprint.get("/verbinden")
@citizens(Power.SEND)
def ask_connect() -> ResponseReturnValue:
    """Ask for number and code, to bind the application to this account."""
    number = request.args.get("nummer", "")[:40]
    return render_template(
        "instant/connect.html", form=CodeForm(formdata=None, number=number), me=signed_in_citizen()
    )


@blueprint.post("/verbinden")
@citizens(Power.SEND)
@commits
def connect() -> ResponseReturnValue:
    """Bind it to this account, once, and offer the way on."""
    form, me = CodeForm(), signed_in_citizen()
    try:
        if not form.validate() or (application := _found(form)) is None:
            return render_template("instant/connect.html", form=form, me=me), 422
        applying.connect(db.session, application=application, by=me, now=clock.now(), land=_land())
    except Conflict as refused:
        form.refuse(refused)
        return render_template("instant/connect.html", form=form, me=me), refused.status
    flash(gettext("Ihr Sofortantrag gehört jetzt zu Ihrem Konto."), "success")
    return redirect(url_for(".show", id=application.id), 303)
