"""Sofortanträge for tests, made through the real verbs."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.core import clock
from portal.core.db import new_id
from portal.instant import codes, jobs
from portal.instant.models import InstantApplication
from portal.instant.service import applying

LAND = "HE"

TYPED: dict[str, Any] = {
    "name": "Farid Amiri",
    "birth_date": date(1991, 3, 27),
    "no_fixed_address": False,
    "street": "Gartenstraße 14",
    "postcode": "35390",
    "city": "Lindenau",
    "phone": None,
    "email": None,
    "household": False,
    "emergencies": ["none"],
    "need": None,
    "later_from": None,
}


def sent(
    session: Session,
    citizen: Citizen | None = None,
    *,
    key: UUID | None = None,
    now: datetime | None = None,
    with_receipt: bool = False,
    **typed: Any,
) -> InstantApplication:
    """Send one, with an account or without."""
    now = now or clock.now()
    made = applying.lodge(
        session, key=key or new_id(), typed=TYPED | typed, by=citizen, now=now, land=LAND
    )
    if with_receipt:
        jobs.write_receipt(session, now=now, application_id=str(made.id))
    session.flush()
    return made


def code_of(made: InstantApplication) -> str:
    """Return the code that the applicant has seen."""
    code = codes.code_of(made.key)
    assert code is not None
    return code
