"""The public page on which anyone checks a receipt, without signing in."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.limits import limited
from portal.casefiles import receipts, verifying
from portal.casefiles.forms import CheckReceiptForm
from portal.core.access import anyone
from portal.core.db import db
from portal.core.hashed import hashed_only

blueprint = Blueprint("receipts", __name__, url_prefix="/quittung")


@blueprint.get("")
@anyone
def check() -> ResponseReturnValue:
    """Ask for a code or a file; `?code=`, from the QR code of a receipt, is answered at once."""
    code = request.args.get("code", "")[:100]
    form = CheckReceiptForm(formdata=None, code=code)
    return _page(form, _answer(code, None) if code else None)


@blueprint.post("")
@anyone
@hashed_only
def answer() -> ResponseReturnValue:
    """Say whether code and file fit; nothing of them is kept, so the answer is the page itself."""
    form = CheckReceiptForm()
    if not form.validate_on_submit():
        return _page(form), 422
    return _page(form, _answer(form.code.data or "", form.sha256))


@limited("verification")
def _answer(code: str, sha256: str | None) -> verifying.Answer:
    return verifying.answer(db.session, code=code.strip(), sha256=sha256)


def _page(form: CheckReceiptForm, found: verifying.Answer | None = None) -> str:
    hand_in = found.hand_in if found else None
    return render_template(
        "casefiles/check_receipt.html",
        form=form,
        found=found,
        pages=receipts.pages_in(hand_in) if hand_in else 0,
    )
