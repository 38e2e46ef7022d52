"""The law of delivery as plain questions: which way, from which day it counts, what is next."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import gettext

from portal.accounts.models import Citizen
from portal.core import clock, periods, working_days
from portal.core.errors import Conflict, InvalidInput
from portal.postbox import law
from portal.postbox.law import Represented, Term
from portal.postbox.models import Letter, LetterKind, PortalConsent, PrintReason, Way

IDENTIFIED = 2


# Consent


def can_consent(citizen: Citizen) -> bool:
    """Tell whether the portal could deliver to this account: known to the office, reachable."""
    return citizen.level >= IDENTIFIED and citizen.address is not None


def check_can_consent(citizen: Citizen) -> None:
    """Raise unless letters could be delivered in the portal."""
    if citizen.level < IDENTIFIED:
        raise Conflict(
            gettext("Verknüpfen Sie zuerst Ihr Konto mit Ihrer Akte. Dann geht das auch online.")
        )
    if citizen.address is None:
        raise Conflict(
            gettext(
                "Tragen Sie zuerst eine E-Mail-Adresse ein. Sonst erreicht Sie keine Nachricht."
            )
        )


def carries(consent: PortalConsent | None, *, today: date) -> bool:
    """Tell whether a consent still lets letters into the portal: not taken back, not outdated."""
    if consent is None or consent.withdrawn_at is not None:
        return False
    until = law.consent_text(consent.version).carries_until
    return until is None or today <= until


def way_for(
    kind: LetterKind,
    citizen: Citizen,
    consent: PortalConsent | None,
    *,
    today: date,
    represented: bool = False,
) -> tuple[Way, PrintReason | None]:
    """Return how a letter goes out, and why on paper if so.

    What concerns a representative too goes on paper: the consent was given for one reader.
    """
    if represented and law.KINDS[kind].represented is not Represented.AS_EVER:
        return Way.PRINT, PrintReason.REPRESENTED
    if citizen.address is None:
        return Way.PRINT, PrintReason.NO_ADDRESS
    if law.KINDS[kind].needs_consent and not carries(consent, today=today):
        return Way.PRINT, PrintReason.NO_CONSENT
    return Way.PORTAL, None


# From which day a letter counts


def deemed_by_post(posted_on: date) -> date:
    """Return the day on which a posted letter counts as announced; weekends move nothing."""
    return posted_on + timedelta(days=law.in_force(law.DELIVERY_RULES, posted_on).days)


def deemed_by_portal(notified_at: datetime) -> date:
    """Return the day on which a letter in the portal counts, from the sending of its notice."""
    sent_on = clock.local_date(notified_at)
    return sent_on + timedelta(days=law.in_force(law.PORTAL_RULES, sent_on).days)


@dataclass(frozen=True)
class Delivery:
    """The day on which a letter counts as announced, and by which way, sending and rule."""

    day: date
    way: Way
    sent_on: date
    days: int
    source: str
    for_reader: bool = False
    """The post counts although a notice was sent before, because nobody had opened the letter."""
    deemed: date | None = None
    """The day that the rule gives, where the letter came later and `day` is the day it came."""
    bounced: bool = False
    """The notice came back, so its sending alone announces nothing."""
    opened: date | None = None
    """The day on which the letter was opened, where that counts because its notice came back."""
    returned: bool = False
    """What was posted came back, so that neither post nor notice announces anything."""
    by_arrival: bool = False
    """No rule gives a day: `day` is the day on which the letter came, by post in another land."""


def delivery(letter: Letter) -> Delivery | None:
    """Return when a letter counts as announced; nothing before it was sent.

    Did it come later than the rule says, the day on which it came counts (§ 37 (2) SGB X); one that
    came earlier counts from the day of the rule all the same.
    """
    if counts_by_arrival(letter):
        return _on_arrival(letter)
    by_rule, came = delivery_by_rule(letter), letter.arrived_on
    if by_rule is None or came is None or came <= by_rule.day:
        return by_rule
    return replace(by_rule, day=came, deemed=by_rule.day)


def delivery_by_rule(letter: Letter) -> Delivery | None:
    """Return when a letter counts by the days since it was sent, whenever it came.

    There is no such day for the post to another land (`counts_by_arrival`).

    What was opened in the portal counts by its notification. Was it posted because nobody had
    opened it, the post counts, to the benefit of who receives it: that the notification arrived
    is what would be disputed (§ 37 (2a) sentence 4 SGB X). That choice is a rule of the house.

    Of a notice that came back the office knows itself that it did not arrive: nobody has to
    dispute it first (`_without_notice`). So it is with a letter that came back from the post, which
    was posted because nobody had opened it in the portal.
    """
    if counts_by_arrival(letter):
        return None
    if letter.posted_on and not _viewed_by(letter, letter.posted_on):
        rule = law.in_force(law.DELIVERY_RULES, letter.posted_on)
        return Delivery(
            deemed_by_post(letter.posted_on),
            Way.PRINT,
            letter.posted_on,
            rule.days,
            rule.source,
            for_reader=letter.notified_at is not None,
            bounced=letter.failure is not None,
        )
    if letter.way is Way.PORTAL and _is_known_not_to_have_come(letter):
        return _without_notice(letter)
    if letter.notified_at and letter.way is Way.PORTAL:
        sent_on = clock.local_date(letter.notified_at)
        rule = law.in_force(law.PORTAL_RULES, sent_on)
        return Delivery(
            deemed_by_portal(letter.notified_at), Way.PORTAL, sent_on, rule.days, rule.source
        )
    return None


def waits_for_opening(letter: Letter) -> bool:
    """Tell whether a letter counts from no day yet, because it or its notice came back unread."""
    came_back = letter.way is Way.PORTAL and _is_known_not_to_have_come(letter)
    return came_back and letter.posted_on is None and letter.first_viewed_at is None


def counts_no_more(letter: Letter) -> bool:
    """Tell whether a letter that counted has come back, by post or by its notice."""
    return letter.returned_on is not None or waits_for_opening(letter)


def _is_known_not_to_have_come(letter: Letter) -> bool:
    return letter.failure is not None or letter.returned_on is not None


def _without_notice(letter: Letter) -> Delivery | None:
    """Return when a letter counts whose notice came back: from its opening, and not before it.

    Receipt of the notice that is not proven leaves the day of download (§ 37 (2a) SGB X), and who
    opens a letter has it before them. That the day is never sooner than the rule would give is a
    rule of the house: the sentence protects who reads, and one that came early counts by the rule
    everywhere else, too (`delivery`).
    """
    if letter.first_viewed_at is None:
        return None
    opened = clock.local_date(letter.first_viewed_at)
    sent_on = clock.local_date(letter.notified_at) if letter.notified_at else opened
    deemed = deemed_by_portal(letter.notified_at) if letter.notified_at else opened
    rule = law.in_force(law.PORTAL_RULES, sent_on)
    return Delivery(
        max(opened, deemed),
        Way.PORTAL,
        sent_on,
        rule.days,
        rule.source,
        bounced=letter.failure is not None,
        returned=letter.returned_on is not None,
        opened=opened,
    )


def counts_by_arrival(letter: Letter) -> bool:
    """Tell whether only the day on which a letter comes counts, because it went abroad by post.

    The rule of days is for the post within the country (§ 37 (2) sentence 1 SGB X).
    """
    posted = letter.posted_on is not None and not _viewed_by(letter, letter.posted_on)
    return posted and bool(letter.is_abroad)


def _on_arrival(letter: Letter) -> Delivery | None:
    if letter.posted_on is None or letter.arrived_on is None:
        return None
    return Delivery(
        letter.arrived_on, Way.PRINT, letter.posted_on, 0, law.ARRIVAL_ABROAD, by_arrival=True
    )


def _viewed_by(letter: Letter, day: date) -> bool:
    """Tell whether the letter was opened in the portal, where it was delivered, by this day."""
    if letter.way is not Way.PORTAL or (letter.notified_at is None and letter.failure is None):
        return False
    return letter.first_viewed_at is not None and clock.local_date(letter.first_viewed_at) <= day


def term_of(letter: Letter) -> Term | None:
    """Return how long the remedy against a letter is open, for what there is one against."""
    remedy = law.KINDS[letter.kind].remedy
    if remedy is None:
        return None
    return law.term(
        remedy,
        is_instructed=letter.is_instructed is not False,
        is_abroad=bool(letter.is_abroad),
    )


def remedy_until(letter: Letter, *, land: str) -> date | None:
    """Return the last day for an objection or for going to court, for what there is one against."""
    counted, term = delivery(letter), term_of(letter)
    if counted is None or term is None:
        return None
    return periods.end_of_months(counted.day, term.months, land=land)


def can_note_flaw(letter: Letter) -> bool:
    """Tell whether a letter has an instruction on a remedy that nobody has found wrong yet."""
    return law.KINDS[letter.kind].remedy is not None and letter.is_instructed


def check_can_note_flaw(letter: Letter) -> None:
    """Raise unless the instruction of a letter can be noted as missing or wrong."""
    if not can_note_flaw(letter):
        raise Conflict(gettext("Bei diesem Brief ist das schon vermerkt oder nicht möglich."))


# The day on which it really came


def can_tell_arrival(letter: Letter) -> bool:
    """Tell whether something depends on the day on which a letter came, and it was sent."""
    if letter.held_back_at is not None or law.KINDS[letter.kind].remedy is None:
        return False
    return counts_by_arrival(letter) or delivery_by_rule(letter) is not None


def counts_by_portal(letter: Letter) -> bool:
    """Tell whether the sending of the notice counts, and not the post."""
    counted = delivery_by_rule(letter)
    return counted is not None and counted.way is Way.PORTAL


def arrival_of(letter: Letter, said: date | None, *, today: date) -> date:
    """Return the day on which a letter came, as it may be said, or raise what is wrong with it.

    In the portal it is the day on which it was opened, whatever is said: who did not get the notice
    in time is told by nothing else (§ 37 (2a) SGB X).
    """
    if not can_tell_arrival(letter):
        raise Conflict(gettext("Bei diesem Brief gibt es keinen Tag der Ankunft."))
    if counts_by_portal(letter):
        if letter.first_viewed_at is None:
            raise Conflict(
                gettext("Der Brief ist im Portal noch nicht geöffnet. Der Tag des Öffnens zählt.")
            )
        return clock.local_date(letter.first_viewed_at)
    if said is None:
        raise InvalidInput(gettext("Geben Sie ein Datum an."), field="arrived_on")
    if said > today:
        raise InvalidInput(
            gettext("Der Tag liegt in der Zukunft. Prüfen Sie das Datum."), field="arrived_on"
        )
    if letter.posted_on is not None and said < letter.posted_on:
        raise InvalidInput(
            gettext(
                "Da war der Brief noch nicht abgeschickt. Er ging am %(day)s zur Post.",
                day=f"{letter.posted_on:%d.%m.%Y}",
            ),
            field="arrived_on",
        )
    return said


# The post brings it back


def can_note_return(letter: Letter) -> bool:
    """Tell whether a letter is with the post, and it is the post by which it counts."""
    return letter.posted_on is not None and not _viewed_by(letter, letter.posted_on)


def posting_of(letter: Letter, returned_on: date, *, today: date) -> date:
    """Return on which day a letter was posted that came back on this one, or raise."""
    if letter.posted_on is None or not can_note_return(letter):
        raise Conflict(gettext("Dieser Brief ist nicht mit der Post unterwegs."))
    if not letter.posted_on <= returned_on <= today:
        raise InvalidInput(
            gettext("Der Tag muss zwischen dem Absenden und heute liegen."), field="returned_on"
        )
    return letter.posted_on


# What is next


class Stand(StrEnum):
    """Where a letter is on its way; follows from its facts."""

    BEING_MADE = "being_made"
    TO_PRINT = "to_print"
    PRINTED = "printed"
    POSTED = "posted"
    HELD_BACK = "held_back"
    RETURNED = "returned"
    PROVIDED = "provided"
    VIEWED = "viewed"


def stand_of(letter: Letter) -> Stand:
    """Return where a letter is."""
    if letter.held_back_at:
        return Stand.HELD_BACK
    if letter.filed_at is None:
        return Stand.BEING_MADE
    if letter.posted_on:
        return Stand.POSTED
    if letter.printed_at or letter.returned_on:
        return Stand.PRINTED if letter.printed_at else Stand.RETURNED
    if letter.first_viewed_at and letter.way is Way.PORTAL:
        return Stand.VIEWED
    return Stand.TO_PRINT if letter.print_asked_at else Stand.PROVIDED


class Step(StrEnum):
    """What the clock does next about a letter that nobody has opened."""

    SECOND_CHANNEL = "second_channel"
    PRINT = "print"


def next_step(letter: Letter, *, now: datetime) -> Step | None:
    """Return what is due: a second notice after a week without a view, then paper."""
    if letter.way is not Way.PORTAL or letter.first_viewed_at or letter.print_asked_at:
        return None
    if letter.held_back_at:
        return None
    if not law.KINDS[letter.kind].is_followed or letter.notified_at is None:
        return None
    if letter.second_asked_at:
        is_due = now >= letter.second_asked_at + law.PRINT_AFTER_SECOND
        return Step.PRINT if is_due else None
    is_due = now >= letter.notified_at + law.SECOND_CHANNEL_AFTER
    return Step.SECOND_CHANNEL if is_due else None


def check_can_print(letter: Letter) -> None:
    """Raise while there is nothing to print yet, and for what stays in the house."""
    if letter.held_back_at is not None:
        raise Conflict(gettext("Dieser Brief ist zurückgenommen. Er geht nicht mehr hinaus."))
    if letter.document_id is None:
        raise Conflict(gettext("Der Brief wird gerade geschrieben. Versuchen Sie es gleich noch."))


def can_post(letter: Letter) -> bool:
    """Tell whether a letter waits to be marked as posted."""
    return bool(letter.printed_at) and letter.posted_on is None and letter.held_back_at is None


def check_can_post(letter: Letter, posted_on: date, *, today: date) -> None:
    """Raise unless a printed letter may have gone out on this day, which is never a later one."""
    if letter.held_back_at is not None:
        raise Conflict(gettext("Dieser Brief ist zurückgenommen. Er geht nicht mehr hinaus."))
    if letter.posted_on is not None:
        raise Conflict(gettext("Dieser Brief ist schon als abgeschickt eingetragen."))
    if letter.printed_at is None:
        raise Conflict(gettext("Drucken Sie den Brief zuerst."))
    if not clock.local_date(letter.printed_at) <= posted_on <= today:
        raise InvalidInput(
            gettext("Der Tag muss zwischen dem Druck und heute liegen."), field="posted_on"
        )


def expected_day(way: Way, *, today: date, land: str) -> date:
    """Return when a letter written today will count: notices leave today, post the next workday."""
    if way is Way.PORTAL:
        return today + timedelta(days=law.in_force(law.PORTAL_RULES, today).days)
    return deemed_by_post(working_days.on_or_after(today + timedelta(days=1), land=land))
