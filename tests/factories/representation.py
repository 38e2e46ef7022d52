"""Who acts for whom, for tests, made by the deeds of the house."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Power, Representation, RepresentationKind
from portal.core import clock
from portal.representation import rules, service
from tests.factories import accounts

Kind = RepresentationKind


def representation(
    session: Session,
    *,
    principal: Citizen | None = None,
    representative: Citizen | None = None,
    kind: Kind = Kind.POWER_OF_ATTORNEY,
    powers: Iterable[Power] = tuple(Power),
    lasts: timedelta | None = timedelta(days=90),
    now: datetime | None = None,
    **more: object,
) -> Representation:
    """Let one person act for another."""
    now = now or clock.now()
    principal = principal or accounts.citizen(session)
    lasts = min(lasts, rules.LONGEST[kind]) if lasts else None
    return service.grant(
        session,
        principal=principal,
        representative=representative
        or accounts.citizen(session, first_name="Farid", last_name="Amiri"),
        kind=kind,
        powers=set(powers) & rules.AT_MOST[kind],
        starts_at=now,
        ends_at=now + lasts if lasts else None,
        by=principal,
        now=now,
        **more,
    )
