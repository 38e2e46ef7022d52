"""What the pages of citizens and staff around sign-in have in common."""

from typing import Any

import segno
from flask import Response, current_app, make_response, render_template, request

from portal.accounts import rules
from portal.accounts.forms import PortalForm
from portal.core.errors import PortalError, TooMany


def network() -> str:
    """Return where this request comes from, as attempts are counted."""
    return rules.network_of(request.remote_addr or "")


def base_url() -> str:
    """Return the public address of the portal: passkeys belong to it."""
    return str(current_app.config["BASE_URL"])


def office() -> str:
    """Return the name of the office, as apps and devices show it beside a key."""
    return str(current_app.config["SETTINGS"].jobcenter_name)


def qr_picture(content: str) -> str:
    """Return a QR code as an address that an `img` shows without asking any server."""
    return str(segno.make(content, error="m").svg_data_uri(scale=5, border=2, light="#fff"))


def again(
    template: str, form: PortalForm, error: PortalError | None = None, **more: Any
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
