"""When a letter may be asked for, how long its code counts, and who may be linked to a file.

Nothing here stands in the way of an application, a document or an appointment: a level of trust
only opens more, it never closes (§ 36a SGB I; no page that files anything asks for one).
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import gettext

from portal.accounts.models import Citizen
from portal.core import clock
from portal.core.errors import Conflict, Expired, InvalidInput, NotAllowed
from portal.identity.models import CodeLetter, CounterNumber

LINKED = 2
"""The level of an account whose person the office knows."""

BETWEEN_LETTERS = timedelta(days=3)
CODE_LASTS = timedelta(days=30)
CODE_SIGNS = 8
MOST_TRIES = 5
OLDEST = 125
NUMBER_LASTS = timedelta(minutes=10)


class Stand(StrEnum):
    """How far a letter has come, as its reader needs to know it."""

    ASKED = "asked"
    PRINTED = "printed"
    SPENT = "spent"
    EXPIRED = "expired"
    CLOSED = "closed"


def stand_of(letter: CodeLetter, *, now: datetime) -> Stand:
    """Tell how far a letter has come: five wrong codes or 30 days end it."""
    if letter.used_at or letter.withdrawn_at:
        return Stand.CLOSED
    if letter.expires_at is None:
        return Stand.ASKED
    if letter.tries >= MOST_TRIES:
        return Stand.SPENT
    return Stand.EXPIRED if now >= letter.expires_at else Stand.PRINTED


def is_linked(citizen: Citizen) -> bool:
    """Tell whether the account belongs to a file."""
    return citizen.customer_number is not None


def check_can_be_linked(citizen: Citizen) -> None:
    """Raise unless the account is still to be linked to a file."""
    if is_linked(citizen):
        raise Conflict(gettext("Dieses Konto ist schon mit einer Akte verknüpft."))


def check_is_linked(citizen: Citizen) -> None:
    """Raise unless there is a link that could be taken back."""
    if not is_linked(citizen):
        raise Conflict(gettext("Dieses Konto ist mit keiner Akte verknüpft."))


def next_letter_at(latest: CodeLetter | None, *, now: datetime) -> datetime | None:
    """Return from when another letter can be asked for; None when it can be now."""
    if latest is None or latest.used_at:
        return None
    at = latest.asked_at + BETWEEN_LETTERS
    return at if now < at else None


def can_ask(citizen: Citizen, latest: CodeLetter | None, *, now: datetime) -> bool:
    """Tell whether a letter can be asked for now."""
    return not is_linked(citizen) and next_letter_at(latest, now=now) is None


def check_can_ask(citizen: Citizen, latest: CodeLetter | None, *, now: datetime) -> None:
    """Raise while the account is linked, or a letter was asked for less than three days ago."""
    check_can_be_linked(citizen)
    if next_letter_at(latest, now=now):
        raise NotAllowed(
            gettext("Ihr Brief ist unterwegs. Nach drei Tagen können Sie einen neuen bestellen.")
        )


def can_enter(letter: CodeLetter | None, *, now: datetime) -> bool:
    """Tell whether there is a letter whose code counts."""
    return letter is not None and stand_of(letter, now=now) is Stand.PRINTED


def check_can_enter(letter: CodeLetter, *, now: datetime) -> None:
    """Raise unless the code of this letter still counts."""
    match stand_of(letter, now=now):
        case Stand.SPENT:
            raise Expired(
                gettext(
                    "Der Code wurde fünfmal falsch eingegeben und gilt nicht mehr. Bestellen Sie"
                    " einen neuen Brief."
                ),
                field="code",
            )
        case Stand.EXPIRED:
            raise Expired(
                gettext("Der Code ist abgelaufen. Bestellen Sie einen neuen Brief."), field="code"
            )
        case Stand.PRINTED:
            return
    raise InvalidInput(
        gettext("Für Sie ist noch kein Brief gedruckt. Warten Sie, bis er bei Ihnen ist."),
        field="code",
    )


def check_can_print(letter: CodeLetter) -> None:
    """Raise unless the letter is open; printing again is allowed and draws a new code."""
    if letter.used_at or letter.withdrawn_at:
        raise Conflict(gettext("Dieser Brief ist erledigt."))


def check_birth_date(birth_date: date, *, now: datetime) -> None:
    """Raise unless somebody alive can be born on this day."""
    age = clock.local_date(now).year - birth_date.year
    if birth_date > clock.local_date(now) or age > OLDEST:
        raise InvalidInput(gettext("Prüfen Sie das Geburtsdatum."), field="birth_date")


def is_live(number: CounterNumber, *, now: datetime) -> bool:
    """Tell whether the number on the phone still finds the account."""
    return now < number.expires_at
