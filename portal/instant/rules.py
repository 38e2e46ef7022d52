"""The law of the Sofortantrag: from when it counts, how urgent it is, what may follow on what."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext

from portal.casefiles.lodgements import Lodgement
from portal.core import clock, working_days
from portal.core.errors import Conflict, InvalidInput
from portal.instant.models import Emergency, InstantApplication, InstantState

State = InstantState

TRANSITIONS: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.SEEN, State.ANSWERED, State.WITHDRAWN}),
    State.SEEN: frozenset({State.ANSWERED, State.WITHDRAWN}),
    State.ANSWERED: frozenset(),
    State.WITHDRAWN: frozenset(),
}

# How soon somebody looks: customs of this office, not law. Who is in need before ten in the morning
# hears from us on this day, else on the next on which we work.
SAME_DAY_BEFORE = time(10)
URGENT_TIME = timedelta(days=1)
USUAL_TIME = timedelta(days=3)

EARLIEST_BIRTH = date(1900, 1, 1)
LATEST_START = timedelta(days=366)
"""How far ahead a later start may lie; a slip in the year is found, nobody is kept from it."""

# How long one that was answered or withdrawn without ever belonging to a file is kept, by the day
# from which the period holds. No law fixes it ([C] in the reference: the office decides, in its
# list of processing activities); one that nobody has answered or decided is never forgotten.
KEPT_WITHOUT_FILE: tuple[tuple[date, timedelta], ...] = ((date(2026, 7, 1), timedelta(days=183)),)

LEVELS = {
    Emergency.NO_MONEY: 2,
    Emergency.HOME: 2,
    Emergency.ENERGY: 2,
    Emergency.HEALTH_COVER: 2,
}


# From when it counts


def effective_from(received_at: datetime, *, chosen: date | None = None) -> date:
    """Return the day from which an application counts: the first of the month it arrives in.

    § 37 (2) sentence 2 SGB II; the month is that of the wall clock in Europe/Berlin. Who wants a
    later start, because the income of the whole month counts, names the day.
    """
    first = clock.local_date(received_at).replace(day=1)
    return max(first, chosen) if chosen else first


def check_start(chosen: date, *, now: datetime) -> None:
    """Raise `InvalidInput` for a later start that is none, or that lies too far ahead."""
    first = effective_from(now)
    if chosen <= first:
        raise InvalidInput(
            gettext(
                "Dieser Tag ist nicht später als „so früh wie möglich“. Wählen Sie oben „so früh"
                " wie möglich“ oder einen späteren Tag."
            ),
            field="later_from",
        )
    if chosen > clock.local_date(now) + LATEST_START:
        raise InvalidInput(
            gettext("Dieser Tag liegt mehr als ein Jahr in der Zukunft. Prüfen Sie das Jahr."),
            field="later_from",
        )


def check_birth_date(birth_date: date, *, now: datetime) -> None:
    """Raise `InvalidInput` for a day on which nobody who types this was born."""
    if not EARLIEST_BIRTH <= birth_date <= clock.local_date(now):
        raise InvalidInput(
            gettext("Prüfen Sie das Geburtsdatum: Tag, Monat und Jahr."), field="birth_date"
        )


# What is written down


def answers(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as JSON values, in the words that the hash is taken over.

    „Nichts davon“ beside something that is the matter is a slip: what is the matter counts.
    """
    named = [one.value for one in Emergency if one.value in typed["emergencies"]]
    if len(named) > 1:
        named = [one for one in named if one != Emergency.NONE]
    chosen: date | None = typed["later_from"]
    return {
        "name": typed["name"],
        "birth_date": typed["birth_date"].isoformat(),
        "no_fixed_address": bool(typed["no_fixed_address"]),
        **{part: typed[part] or None for part in ("street", "postcode", "city", "phone", "email")},
        "household": bool(typed["household"]),
        "emergencies": named,
        "need": typed["need"] or None,
        "later_from": chosen.isoformat() if chosen else None,
    }


def check_digit(digits: str) -> str:
    """Return the digit that Luhn's algorithm puts behind `digits` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def read_number(typed: str) -> str | None:
    """Return eight digits, however the number was typed; None when it cannot be one."""
    digits = "".join(sign for sign in typed if sign in "0123456789")
    if len(digits) != 8 or check_digit(digits[:-1]) != digits[-1]:
        return None
    return digits


# How urgent


def urgency(emergencies: Collection[Emergency]) -> int:
    """Return the lane: 0 usual, 2 urgent."""
    return max((LEVELS.get(one, 0) for one in emergencies), default=0)


def due_on(received_at: datetime, level: int, *, land: str) -> date:
    """Return the working day by which somebody has looked at it."""
    here = clock.local(received_at)
    if level > 1:
        wait = URGENT_TIME if here.time() >= SAME_DAY_BEFORE else timedelta(0)
    else:
        wait = USUAL_TIME
    return working_days.on_or_after(here.date() + wait, land=land)


# What may follow


def check_transition(application: InstantApplication, to: State) -> None:
    """Raise `Conflict` unless it can go from its state to `to`."""
    if not can_go(application, to):
        raise Conflict(
            gettext(
                "Dieser Sofortantrag ist inzwischen weiter. Laden Sie die Seite neu und sehen Sie"
                " nach, was jetzt möglich ist."
            )
        )


def can_go(application: InstantApplication, to: State) -> bool:
    """Tell whether it can go from its state to `to`.

    What a main application has taken up is taken back with that one.
    """
    if to is State.WITHDRAWN and not application.lodgement.stands:
        return False
    return to in TRANSITIONS[application.state]


def is_open(application: InstantApplication) -> bool:
    """Tell whether somebody still has to answer it."""
    return application.state in {State.RECEIVED, State.SEEN}


def check_can_link(application: InstantApplication) -> None:
    """Raise `Conflict` unless it can be taken to a file."""
    if not can_link(application):
        raise Conflict(gettext("Dieser Sofortantrag liegt schon in einer Akte oder gilt nicht."))


def can_link(application: InstantApplication) -> bool:
    """Tell whether it can be taken to a file."""
    return application.case_id is None and application.state is not State.WITHDRAWN


def check_can_settle(application: InstantApplication) -> None:
    """Raise `Conflict` unless it was answered and still waits to be decided."""
    if not can_settle(application):
        raise Conflict(
            gettext(
                "Dieser Sofortantrag ist schon erledigt, oder er ist noch nicht beantwortet. Laden"
                " Sie die Seite neu."
            )
        )


def can_settle(application: InstantApplication) -> bool:
    """Tell whether it was answered and still waits to be decided."""
    return application.state is State.ANSWERED and application.lodgement.stands


def check_can_connect(lodgement: Lodgement, *, citizen_id: Any) -> None:
    """Raise `Conflict` when somebody else has shown the code before: it binds once."""
    if lodgement.citizen_id not in {None, citizen_id}:
        raise Conflict(
            gettext(
                "Dieser Sofortantrag ist schon mit einem anderen Konto verbunden. Waren Sie das"
                " nicht, rufen Sie uns bitte sofort an."
            )
        )
    if lodgement.withdrawn_at is not None:
        raise Conflict(gettext("Dieser Sofortantrag wurde zurückgezogen. Er gilt nicht mehr."))


def period_kept(day: date) -> timedelta:
    """Return how long one without a file is kept, by the rule in force on `day`."""
    _, period = max(
        (rule for rule in KEPT_WITHOUT_FILE if rule[0] <= day), default=KEPT_WITHOUT_FILE[0]
    )
    return period
