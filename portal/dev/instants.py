"""Sofortanträge in the demo office: one in need, one of the night, one that was answered."""

from datetime import date
from typing import Any

from portal.accounts.models import Right
from portal.accounts.rules import can
from portal.core.db import new_id
from portal.dev.stage import Office
from portal.instant.models import InstantApplication
from portal.instant.service import applying, office

LAND = "HE"

_PERSON: dict[str, Any] = {
    "no_fixed_address": False,
    "street": None,
    "postcode": None,
    "city": None,
    "phone": None,
    "email": None,
    "household": False,
    "emergencies": ["none"],
    "need": None,
    "later_from": None,
}


def fill(stage: Office) -> None:
    """Let three people apply without an account, through the real verbs."""
    officer = next(one for one in stage.staff if can(one, Right.CARRY_BENEFIT_CASES))
    _send(
        stage,
        hours=3,
        name="Farid Amiri",
        birth_date=date(1991, 3, 27),
        no_fixed_address=True,
        phone="0151 23456789",
        emergencies=["no_money", "health_cover"],
        need="Seit Montag nichts mehr zu essen gekauft",
    )
    _send(
        stage,
        hours=11,
        name="Katharina Böhm",
        birth_date=date(1986, 8, 2),
        street="Bahnhofstraße 7",
        postcode="35390",
        city="Lindenau",
        email="katharina.boehm@post.example",
        household=True,
    )
    answered = _send(
        stage,
        hours=70,
        name="Milan Horvat",
        birth_date=date(1974, 12, 19),
        street="Mühlweg 31",
        postcode="35390",
        city="Lindenau",
        phone="0641 5550177",
        emergencies=["energy"],
        need="Strom soll am Dienstag gesperrt werden",
    )
    office.answer(
        stage.session,
        application=answered,
        words="Wir haben Sie angerufen. Der Versorger sperrt nicht. Ihr Termin ist am Montag.",
        by=officer,
        now=stage.ago(hours=60),
    )


def _send(stage: Office, *, hours: float, **typed: Any) -> InstantApplication:
    return applying.lodge(
        stage.session,
        key=new_id(),
        typed=_PERSON | typed,
        by=None,
        now=stage.ago(hours=hours),
        land=LAND,
    )
