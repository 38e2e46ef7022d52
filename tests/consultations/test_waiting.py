"""The waiting room: honest times, ready-made sentences, the call by short message, the receipt."""

import io
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.consultations import expected, notices, service
from portal.consultations.models import ConsultationState, WaitingState
from portal.core import clock
from portal.notifications.models import Message
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import consultations as factory

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


# When it will begin


def test_nothing_is_said_from_too_few_talks() -> None:
    assert expected.forecast([], starts_at=START, now=START) is None
    few = [1.0] * (expected.FEWEST - 1)
    assert expected.forecast(few, starts_at=START, now=START) is None


def test_who_still_waits_is_compared_with_those_who_waited_as_long() -> None:
    delays = [0.0] * 50 + [float(minutes) for minutes in range(11, 31)]
    at_eleven = START + timedelta(minutes=10)

    early = expected.forecast(delays, starts_at=START, now=START - timedelta(minutes=5))
    late = expected.forecast(delays, starts_at=START, now=at_eleven)
    too_late = expected.forecast(delays, starts_at=START, now=START + timedelta(minutes=25))

    assert early is not None
    assert early.likely == START
    assert late is not None
    assert late.earliest > at_eleven
    assert late.known == 20
    assert too_late is None


def day_of_an_office(chance: random.Random, *, talks: int = 12) -> list[float]:
    """Return the delays of a day: each talk begins when the one before is over."""
    delays, free = [], 0.0
    for number in range(talks):
        planned = number * 40.0
        begins = max(free, planned + chance.uniform(-2, 4))
        free = begins + max(8.0, chance.gauss(32, 9))
        delays.append(begins - planned)
    return delays


@pytest.mark.parametrize("waited", [-5.0, 3.0])
def test_four_of_five_sentences_come_true(waited: float) -> None:
    """Given offices simulated over days, the interval covers 80 ± 5 % of what happens next."""
    chance, said, true = random.Random(7), 0, 0
    for _ in range(60):
        past = [delay for _ in range(10) for delay in day_of_an_office(chance)]
        told, came = judged(past, day_of_an_office(chance), waited)
        said, true = said + told, true + came
    assert said > 200
    assert 0.75 <= true / said <= 0.88


def judged(past: Sequence[float], today: Sequence[float], waited: float) -> tuple[int, int]:
    said = true = 0
    now = START + timedelta(minutes=waited)
    for delay in today:
        begins = START + timedelta(minutes=delay)
        if begins <= now:
            continue
        found = expected.forecast(past, starts_at=START, now=now)
        if found is not None:
            said += 1
            true += found.earliest <= begins <= found.latest
    return said, true


@dataclass(frozen=True)
class Held:
    """One talk of a simulated day, in minutes from its beginning."""

    planned: float
    began: float
    ended: float


def talks_of_a_day(chance: random.Random, *, talks: int = 12) -> list[Held]:
    held: list[Held] = []
    for number in range(talks):
        planned = number * 30.0
        free = held[-1].ended if held else 0.0
        began = max(free, planned + chance.uniform(-2, 4))
        held.append(Held(planned, began, began + max(8.0, chance.gauss(29, 9))))
    return held


def known_of(days: Sequence[Sequence[Held]]) -> expected.History:
    pairs = [(one, day[at - 1] if at else None) for day in days for at, one in enumerate(day)]
    return expected.History(
        [one.began - one.planned for one, _ in pairs],
        [
            one.began - one.planned
            for one, before in pairs
            if before is None or before.ended <= one.planned
        ],
        [one.ended - one.began for one, _ in pairs],
    )


@pytest.mark.parametrize("waited", [-5.0, 4.0])
def test_four_of_five_sentences_come_true_while_the_talk_before_still_runs(waited: float) -> None:
    """Given days of an office, what is said behind a running talk holds in 80 ± 5 %, and is
    narrower than what the delays alone would say.
    """
    chance, said, true, width, width_before = random.Random(11), 0, 0, 0.0, 0.0
    for _ in range(60):
        history = known_of([talks_of_a_day(chance) for _ in range(10)])
        today = talks_of_a_day(chance)
        for before, mine in itertools.pairwise(today):
            now = mine.planned + waited
            if not before.began < now < before.ended:
                continue
            start, moment = (START + timedelta(minutes=it) for it in (mine.planned, now))
            running = expected.Running(START + timedelta(minutes=before.began), ahead=0)
            found = expected.forecast_behind(running, history, starts_at=start, now=moment)
            plain = expected.forecast(history.delays, starts_at=start, now=moment)
            if found is None or plain is None:
                continue
            said += 1
            true += found.earliest <= START + timedelta(minutes=mine.began) <= found.latest
            width += (found.latest - found.earliest).total_seconds()
            width_before += (plain.latest - plain.earliest).total_seconds()
    assert said > 150
    assert 0.75 <= true / said <= 0.88
    assert width < 0.8 * width_before


def test_who_waits_with_an_earlier_time_comes_first() -> None:
    history = expected.History([0.0] * 20, [0.0] * 20, [20.0] * 20)
    began = START - timedelta(minutes=10)

    alone = expected.forecast_behind(
        expected.Running(began, ahead=0), history, starts_at=START, now=START
    )
    third = expected.forecast_behind(
        expected.Running(began, ahead=1), history, starts_at=START, now=START
    )

    assert alone is not None
    assert alone.likely == START + timedelta(minutes=10)
    assert third is not None
    assert third.likely == START + timedelta(minutes=30)


def test_a_talk_longer_than_all_before_it_allows_no_sentence() -> None:
    history = expected.History([0.0] * 20, [0.0] * 20, [20.0] * 20)
    began = START - timedelta(minutes=25)
    running = expected.Running(began, ahead=0)
    assert expected.forecast_behind(running, history, starts_at=START, now=START) is None


def test_the_page_knows_the_talk_that_runs(client: PortalClient, session: Session) -> None:
    officer, now = factory.officer(session), clock.now()
    for days in range(1, expected.FEWEST + 3):
        past = factory.booking(session, officer=officer, starts_in=-timedelta(days=days), now=now)
        factory.waiting(session, past, now=past.starts_at - timedelta(minutes=2))
        talk = factory.consultation(session, past)
        talk.started_at, talk.ended_by_id = past.starts_at, officer.id
        talk.ended_at = past.starts_at + timedelta(minutes=40 + days)
        talk.state = ConsultationState.ENDED
    running = factory.booking(session, officer=officer, starts_in=timedelta(minutes=-20), now=now)
    factory.running(session, running, now=running.starts_at)
    mine = factory.booking(session, officer=officer, now=now)
    factory.waiting(session, mine)
    client.sign_in(mine.citizen)

    page = client.get(f"/beratung/{mine.id}").text
    known = expected.running_before(session, mine, ahead=0, now=now)

    assert known == expected.Running(running.starts_at, 0)
    assert "Das Gespräch davor läuft noch." in page
    history = expected.history_like(session, mine, now=now)
    found = expected.forecast_behind(known, history, starts_at=mine.starts_at, now=now)
    assert found is not None
    assert found.earliest >= running.starts_at + timedelta(minutes=41)
    assert running.citizen.name not in page


def test_the_page_says_it_with_the_number_of_talks(client: PortalClient, session: Session) -> None:
    officer = factory.officer(session)
    now = clock.now()
    for days in range(1, expected.FEWEST + 3):
        past = factory.booking(session, officer=officer, starts_in=-timedelta(days=days), now=now)
        factory.waiting(session, past, now=past.starts_at - timedelta(minutes=2))
        talk = factory.consultation(session, past)
        talk.started_at = past.starts_at + timedelta(minutes=3 + days)
    citizen = accounts.citizen(session)
    booking = factory.booking(session, officer=officer, citizen=citizen)
    factory.waiting(session, booking)
    session.commit()
    client.sign_in(citizen)

    page = client.get(f"/beratung/{booking.id}").text

    assert "Meist beginnt es zwischen" in page
    assert f"So war es bei {expected.FEWEST + 2} früheren Gesprächen" in page


def test_without_a_history_the_page_promises_nothing(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    factory.waiting(session, booking)
    client.sign_in(booking.citizen)

    assert "Meist beginnt es" not in client.get(f"/beratung/{booking.id}").text


# Sentences


def test_a_sentence_is_read_without_reload_by_all_who_wait(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    officer, citizen = booking.staff_member, booking.citizen
    factory.waiting(session, booking)
    _, code = factory.guest(session, booking)
    client.post_form(f"/gast/{code}/zusagen", {"guest_name": "Rita", "agreed": "y"})
    client.post_form(f"/gast/{code}/warten", {"taking_part": "video"})
    client.sign_in(officer)
    client.post_form(f"/amt/beratung/{booking.id}/sagen", {"key": "late_10"})

    assert "Ich verspäte mich um 10 Minuten." in client.get(f"/gast/{code}/stand").json["words"]
    client.sign_in(citizen)
    assert (
        "Ich verspäte mich um 10 Minuten."
        in client.get(f"/beratung/{booking.id}/stand").json["words"]
    )


def test_only_sentences_of_the_list_are_said(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    factory.waiting(session, booking)
    client.sign_in(booking.staff_member)

    for key in ("", "Kommen Sie nie wieder", "late_5000"):
        answer = client.post_form(f"/amt/beratung/{booking.id}/sagen", {"key": key})
        assert answer.status_code == 422
    client.sign_in(factory.officer(session))
    foreign = client.post_form(f"/amt/beratung/{booking.id}/sagen", {"key": "soon"})
    assert foreign.status_code == 404


def test_every_sentence_ends_like_one() -> None:
    assert all(str(words).endswith(".") for words in notices.SENTENCES.values())


# The call


def test_who_goes_away_is_called_once_when_admitted(client: PortalClient, session: Session) -> None:
    citizen = accounts.citizen(session, mobile="+4915123456789")
    booking = factory.booking(session, citizen=citizen)
    ticket = factory.waiting(session, booking)
    client.sign_in(citizen)
    assert "per SMS gerufen werden" in client.get(f"/beratung/{booking.id}").text
    client.post_form(f"/beratung/{booking.id}/per-sms")
    session.refresh(ticket)
    assert ticket.wants_call
    assert "Sie können die Seite schließen." in client.get(f"/beratung/{booking.id}").text
    later = clock.now() + timedelta(minutes=5)

    factory.room(session, booking)
    service.admit(session, ticket=ticket, booking=booking, by=booking.staff_member, now=later)
    session.flush()

    message = session.scalars(select(Message).where(Message.template == "your_turn")).one()
    assert message.address == citizen.mobile
    assert f"/beratung/{booking.id}" in message.text
    assert booking.type.name not in message.text
    assert ticket.state == WaitingState.ADMITTED


def test_the_officer_calls_in_early_and_only_once(client: PortalClient, session: Session) -> None:
    citizen = accounts.citizen(session, mobile="+4915123456780")
    officer = factory.officer(session)
    booking = factory.booking(session, citizen=citizen, officer=officer)
    ticket = factory.waiting(session, booking)
    ticket.wants_call = True
    session.commit()
    client.sign_in(officer)
    assert "Per SMS rufen" in client.get(f"/amt/beratung/{booking.id}").text

    for _ in range(2):
        client.post_form(f"/amt/beratung/{booking.id}/rufen/{ticket.id}")

    sent = session.scalars(select(Message).where(Message.template == "your_turn")).all()
    assert len(sent) == 1


def test_without_a_confirmed_number_no_call_is_offered(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    factory.waiting(session, booking)
    client.sign_in(booking.citizen)

    assert "per SMS gerufen werden" not in client.get(f"/beratung/{booking.id}").text
    assert client.post_form(f"/beratung/{booking.id}/per-sms").status_code == 422


# The receipt


def test_the_receipt_as_page_and_as_tagged_pdf(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    factory.waiting(session, booking)
    client.sign_in(booking.citizen)

    page = client.get(f"/beratung/{booking.id}/nachweis").text
    answer = client.get(f"/beratung/{booking.id}/nachweis.pdf")

    assert "Sie waren pünktlich im Warteraum." in page
    with pikepdf.open(io.BytesIO(answer.data)) as paper:
        assert paper.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in paper.Root


def test_who_came_late_or_never_gets_no_praise(client: PortalClient, session: Session) -> None:
    late = factory.booking(session, starts_in=timedelta(minutes=-10))
    factory.waiting(session, late)
    client.sign_in(late.citizen)
    assert "pünktlich" not in client.get(f"/beratung/{late.id}/nachweis").text
    never = factory.booking(session, citizen=late.citizen, starts_in=timedelta(hours=3))
    assert client.get(f"/beratung/{never.id}/nachweis").status_code == 404
    client.sign_in(accounts.citizen(session))
    assert client.get(f"/beratung/{late.id}/nachweis.pdf").status_code == 404
