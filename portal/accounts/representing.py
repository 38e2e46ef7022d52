"""For whom somebody acts on this request: asked anew each time, so that revoking works at once."""

from datetime import datetime

from flask_babel import gettext

from portal.accounts.keys import PortalSession
from portal.accounts.models import Power, Representation
from portal.core.errors import NotFound


def is_in_force(representation: Representation, *, now: datetime) -> bool:
    """Tell whether the representation counts at this moment."""
    return (
        representation.revoked_at is None
        and representation.starts_at <= now
        and (representation.ends_at is None or now < representation.ends_at)
    )


def in_force(opened: PortalSession, *, now: datetime) -> Representation | None:
    """Return by what right this session acts for somebody else, if it does and still may.

    The principal then does everything through the representative (`Citizen.actor`).
    """
    representation = opened.representation
    if (
        representation is None
        or representation.representative_id != opened.citizen_id
        or representation.session_id not in {None, opened.id}
        or not is_in_force(representation, now=now)
    ):
        return None
    representation.principal.act_through(representation)
    return representation


def acting(opened: PortalSession, *, now: datetime) -> Representation | None:
    """Return by what right this session acts for somebody else; None: for oneself.

    Raise `NotFound` when it did and may no longer. It never falls back to the own file by itself:
    what somebody types for another must not end up there.
    """
    if opened.representation_id is None:
        return None
    representation = in_force(opened, now=now)
    if representation is None:
        raise NotFound(
            gettext("Sie dürfen für diese Person nicht mehr handeln. Wechseln Sie zu sich selbst.")
        )
    return representation


def check_may(opened: PortalSession, power: Power, *, now: datetime) -> None:
    """Raise `NotFound` when the session acts for somebody who has not given this power."""
    representation = acting(opened, now=now)
    if representation is not None and not representation.allows(power):
        raise NotFound(
            gettext(
                "Dazu hat Ihnen %(name)s keine Erlaubnis gegeben.",
                name=representation.principal.name,
            )
        )
