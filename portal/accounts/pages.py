"""What the pages of citizens and staff around sign-in have in common."""

from flask import Response, make_response, render_template, request

from portal.accounts import rules
from portal.accounts.forms import PortalForm
from portal.core.errors import PortalError, TooMany


def network() -> str:
    """Return where this request comes from, as attempts are counted."""
    return rules.network_of(request.remote_addr or "")


def again(
    template: str, form: PortalForm, error: PortalError | None = None, **more: object
) -> Response:
    """Show the form again with what is wrong; what was typed stays."""
    if error:
        form.refuse(error)
    page = make_response(
        render_template(template, form=form, **more), error.status if error else 422
    )
    if isinstance(error, TooMany):
        page.headers["Retry-After"] = str(error.retry_after)
    return page
