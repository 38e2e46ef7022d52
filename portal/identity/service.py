"""The deeds of trust: ask for the letter, print it, take its code, look at a card, take it back."""

import secrets as random
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts import passwords, slowdown
from portal.accounts.models import Citizen, Identified, StaffMember
from portal.accounts.service import contact, letters, secrets
from portal.audit import service as audit
from portal.audit.models import Acting
from portal.core.db import lost_race, new_id
from portal.core.errors import Conflict, InvalidInput, PortalError
from portal.identity import queries, rules
from portal.identity.models import CodeLetter, CounterNumber


class Card(StrEnum):
    """The kind of document that somebody showed at the counter; its number is never kept."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    OTHER = "other"


class WrongCode(InvalidInput):
    """Not the code of the letter."""

    def __init__(self, left: int) -> None:
        super().__init__(
            gettext(
                "Dieser Code stimmt nicht. Vergleichen Sie ihn mit dem Brief. Noch %(left)s"
                " Versuche.",
                left=left,
            )
            if left > 1
            else gettext("Dieser Code stimmt nicht. Sie haben noch einen Versuch.")
            if left
            else gettext(
                "Dieser Code stimmt nicht. Er gilt jetzt nicht mehr. Bestellen Sie einen neuen"
                " Brief."
            ),
            field="code",
        )


# The letter


def ask_for_letter(
    session: Session,
    *,
    citizen: Citizen,
    birth_date: date,
    street: str,
    postcode: str,
    city: str,
    now: datetime,
) -> CodeLetter:
    """Ask for a letter with a code; a new one makes the one before worthless.

    What is typed helps to find the file. The letter goes to the address of the file.
    """
    latest = queries.latest_letter(session, citizen, lock=True)
    rules.check_can_ask(citizen, latest, now=now)
    rules.check_birth_date(birth_date, now=now)
    _withdraw(latest, now=now)
    asked = CodeLetter(id=new_id(), citizen=citizen, birth_date=birth_date, asked_at=now, tries=0)
    with lost_race(
        session, "uq_code_letters_open", gettext("Sie haben diesen Brief schon bestellt.")
    ):
        session.add(asked)
        session.flush()  # two clicks, one letter: the constraint answers now
    contact.change_contact(
        session,
        citizen=citizen,
        phone=citizen.phone,
        street=street,
        postcode=postcode,
        city=city,
        by=citizen,
        now=now,
    )
    _record(session, "identity.letter_asked", citizen, by=citizen, now=now)
    return asked


def print_letter(
    session: Session,
    *,
    letter: CodeLetter,
    customer_number: str,
    recipient: str,
    street: str,
    postcode: str,
    city: str,
    by: StaffMember,
    now: datetime,
) -> str:
    """Draw the code for a letter and return it, for the paper and for nothing else.

    Printing again draws another code; the one before is worthless.
    """
    rules.check_can_print(letter)
    rules.check_can_be_linked(letter.citizen)
    _check_free(session, customer_number, citizen=letter.citizen)
    code = secrets.new_code(rules.CODE_SIGNS)
    letter.code_hash = passwords.hash_of(secrets.plain_code(code))
    letter.printed_at, letter.printed_by_name = now, by.name
    letter.expires_at, letter.tries = now + rules.CODE_LASTS, 0
    letter.customer_number, letter.recipient = customer_number, recipient
    letter.street, letter.postcode, letter.city = street, postcode, city
    _record(session, "identity.letter_printed", letter.citizen, by=by, now=now)
    return code


def withdraw_letter(
    session: Session, *, letter: CodeLetter, by: StaffMember, now: datetime
) -> None:
    """Close a letter for which there is no file; the citizen is told how it goes on."""
    rules.check_can_print(letter)
    _withdraw(letter, now=now)
    _record(session, "identity.letter_withdrawn", letter.citizen, by=by, now=now)
    letters.send(session, letter.citizen, "code_letter_impossible", now=now)


def enter_code(
    session: Session, *, citizen: Citizen, code: str, network: str, now: datetime
) -> None:
    """Take the code of the letter: the account belongs to the file now; five wrong ones end it."""
    tries = slowdown.Tries.of("code letter", str(citizen.id), network)
    tries.check(session, known=False, now=now)
    letter = queries.latest_letter(session, citizen, lock=True)
    if letter is None:
        raise InvalidInput(gettext("Bestellen Sie zuerst einen Brief."), field="code")
    rules.check_can_enter(letter, now=now)
    if not passwords.fits(letter.code_hash, secrets.plain_code(code)):
        letter.tries += 1
        tries.count(session, now=now)
        _record(session, "identity.code_failed", citizen, by=citizen, now=now)
        raise WrongCode(rules.MOST_TRIES - letter.tries)
    tries.forgive(session)
    _link(
        session,
        citizen=citizen,
        customer_number=letter.customer_number or "",
        birth_date=letter.birth_date,
        how=Identified.CODE_LETTER,
        taken=Conflict(
            gettext(
                "Zu dieser Akte gibt es schon ein Konto. Bitte rufen Sie uns an, wir klären das."
            ),
            field="code",
        ),
        by=citizen,
        now=now,
    )
    letter.used_at = now


# The counter


def show_number(session: Session, *, citizen: Citizen, now: datetime) -> CounterNumber:
    """Draw the six digits that the citizen shows at the counter; they find the account for minutes.

    It is a name for the account, not a proof: a number of somebody else is good for nothing.
    """
    rules.check_can_be_linked(citizen)
    session.execute(
        delete(CounterNumber).where(
            (CounterNumber.citizen_id == citizen.id) | (CounterNumber.expires_at <= now)
        )
    )
    drawn = CounterNumber(
        citizen_id=citizen.id,
        number=f"{random.randbelow(1_000_000):06}",
        shown_at=now,
        expires_at=now + rules.NUMBER_LASTS,
    )
    with lost_race(session, "_counter_numbers", gettext("Bitte versuchen Sie es noch einmal.")):
        session.add(drawn)
        session.flush()  # the same digits may be on another phone
    return drawn


def find_account(
    session: Session, *, said: str, by: StaffMember, network: str, now: datetime
) -> Citizen:
    """Find the account that somebody at the counter speaks of.

    Wrong numbers slow down: nobody leafs through the accounts.
    """
    tries = slowdown.Tries.of("counter", str(by.id), network)
    tries.check(session, known=False, now=now)
    found = queries.account_at_counter(session, said, now=now)
    if found is None or found.confirmed_at is None:
        tries.count(session, now=now)
        raise InvalidInput(
            gettext(
                "Dazu gibt es kein Konto. Die Nummer auf dem Telefon gilt zehn Minuten. Eine"
                " Adresse muss genau stimmen."
            ),
            field="said",
        )
    tries.forgive(session)
    return found


def note_opened(session: Session, *, citizen: Citizen, by: StaffMember, now: datetime) -> None:
    """Write down who of the office looked at an account."""
    _record(session, "identity.account_opened", citizen, by=by, now=now)


def identify_at_counter(
    session: Session,
    *,
    citizen: Citizen,
    customer_number: str,
    birth_date: date,
    card: Card,
    by: StaffMember,
    now: datetime,
) -> None:
    """Link the account to a file after somebody compared name and face with a card.

    The birth date comes from the card and counts more than what the account said.
    """
    rules.check_can_be_linked(citizen)
    rules.check_birth_date(birth_date, now=now)
    _link(
        session,
        citizen=citizen,
        customer_number=customer_number,
        birth_date=birth_date,
        how=Identified.COUNTER,
        taken=_taken(),
        by=by,
        now=now,
        card=card,
    )
    session.execute(delete(CounterNumber).where(CounterNumber.citizen_id == citizen.id))
    _withdraw(queries.latest_letter(session, citizen, lock=True), now=now)


def unlink(
    session: Session, *, citizen: Citizen, reason: str, by: StaffMember, now: datetime
) -> None:
    """Take the link to a file back, because it was wrong; the citizen is told.

    What the office itself had found out goes with it; what a provider vouched for stays.
    """
    rules.check_is_linked(citizen)
    before = citizen.customer_number
    citizen.customer_number = None
    if citizen.identified_how != Identified.PROVIDER:
        citizen.level, citizen.identified_at, citizen.identified_how = 1, None, None
    _withdraw(queries.latest_letter(session, citizen, lock=True), now=now)
    _record(
        session,
        "identity.unlinked",
        citizen,
        by=by,
        now=now,
        customer_number=before,
        reason=reason,
    )
    letters.send(session, citizen, "identity_unlinked", now=now)


# What the ways have in common


def _link(
    session: Session,
    *,
    citizen: Citizen,
    customer_number: str,
    birth_date: date,
    how: Identified,
    taken: PortalError,
    by: Acting,
    now: datetime,
    **facts: str,
) -> None:
    """Write down the file of an account; an account that a provider vouched for keeps its level."""
    try:
        with lost_race(session, "uq_citizens_customer_number", taken.message):
            citizen.customer_number, citizen.birth_date = customer_number, birth_date
            if citizen.level < rules.LINKED:
                citizen.level = rules.LINKED
                citizen.identified_at, citizen.identified_how = now, how
            session.flush()  # a customer number belongs to one account: the constraint answers now
    except Conflict as error:
        raise taken from error
    _record(
        session,
        "identity.linked",
        citizen,
        by=by,
        now=now,
        how=how,
        level=citizen.level,
        customer_number=customer_number,
        **facts,
    )
    letters.send(session, citizen, "identity_linked", now=now)


def _check_free(session: Session, customer_number: str, *, citizen: Citizen) -> None:
    owner = queries.account_of_customer(session, customer_number)
    if owner is not None and owner.id != citizen.id:
        raise _taken()


def _taken() -> PortalError:
    return Conflict(
        gettext(
            "Diese Kundennummer gehört schon zu einem anderen Konto. Suchen Sie es am Schalter mit"
            " der Kundennummer."
        ),
        field="customer_number",
    )


def _withdraw(letter: CodeLetter | None, *, now: datetime) -> None:
    if letter is not None and letter.used_at is None and letter.withdrawn_at is None:
        letter.withdrawn_at = now


def _record(
    session: Session, deed: str, citizen: Citizen, *, by: Acting, now: datetime, **facts: Any
) -> None:
    audit.record(session, deed=deed, subject=("citizen", citizen.id), by=by, now=now, **facts)
