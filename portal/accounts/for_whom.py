"""What templates ask about acting for others: for whom, what is allowed, whose page this is."""

from typing import Any

from flask import Flask, current_app, request

from portal.accounts import representing
from portal.accounts.models import Person, Power, Representation
from portal.accounts.session import current_session, whoever_is_signed_in
from portal.core import clock
from portal.core.access import Access


def representation() -> Representation | None:
    """Return by what right the person of this request acts for another, if so."""
    opened = current_session()
    return representing.in_force(opened, now=clock.now()) if opened else None


def served() -> Person | None:
    """Return whose matters these pages show: the one acted for, else who is signed in."""
    found = representation()
    return found.principal if found else whoever_is_signed_in()


def lost_representation() -> bool:
    """Tell whether this browser acted for somebody and may no longer."""
    opened = current_session()
    return bool(opened and opened.representation_id) and representation() is None


def may(power: str) -> bool:
    """Tell whether a page that needs `power` would open: for oneself everything does."""
    found = representation()
    return found is None or found.allows(Power(power))


def may_switch() -> bool:
    """Tell whether there is anybody whom the person of this request could act for."""
    opened = current_session()
    return bool(opened and opened.may_switch)


def is_own_account() -> bool:
    """Tell whether this page is about the own account, whoever one acts for."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "access", None) == Access("citizen", "account")


def init_app(app: Flask) -> None:
    """Give templates these questions."""

    @app.context_processor
    def questions() -> dict[str, Any]:
        return {
            "representation": representation,
            "served": served,
            "lost_representation": lost_representation,
            "may": may,
            "may_switch": may_switch,
            "is_own_account": is_own_account,
        }
