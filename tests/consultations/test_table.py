"""The table of a talk: a page that all see, papers handed over it, and technology that failed."""

import io
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.appointments import evidence, fairness
from portal.appointments.models import FactKind
from portal.casefiles import queries as casefiles
from portal.consultations import problems, queries, table
from portal.consultations.problems import Problem
from portal.core import clock
from portal.core.errors import Conflict, NotFound
from tests.client import PortalClient
from tests.factories import accounts
from tests.factories import casefiles as papers
from tests.factories import consultations as factory
from tests.factories import papers as pictures


def test_the_citizen_sees_the_shown_page_and_no_other(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    paper = papers.document(session, owner=booking.citizen)
    papers.prepare(session, paper.id)
    factory.running(session, booking)
    client.sign_in(booking.citizen)
    here = f"/beratung/{booking.id}"
    assert client.get(f"{here}/gezeigt/1").status_code == 404

    table.show_page(
        session,
        booking=booking,
        document=paper,
        number=1,
        by=booking.staff_member,
        now=clock.now(),
    )

    assert f"{here}/gezeigt/1" in client.get(f"{here}/tisch").json["words"]
    assert client.get(f"{here}/gezeigt/1").mimetype.startswith("image/")
    assert client.get(f"{here}/gezeigt/2").status_code == 404
    table.put_away(session, booking=booking, by=booking.staff_member, now=clock.now())
    assert client.get(f"{here}/gezeigt/1").status_code == 404


def test_papers_of_somebody_else_are_never_shown(session: Session) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    foreign = papers.document(session, owner=accounts.citizen(session))

    with pytest.raises(NotFound):
        table.show_page(
            session,
            booking=booking,
            document=foreign,
            number=1,
            by=booking.staff_member,
            now=clock.now(),
        )


def test_before_the_talk_nothing_is_shown(session: Session) -> None:
    booking = factory.booking(session)
    factory.waiting(session, booking)
    paper = papers.document(session, owner=booking.citizen)

    with pytest.raises(Conflict):
        table.show_page(
            session,
            booking=booking,
            document=paper,
            number=1,
            by=booking.staff_member,
            now=clock.now(),
        )


def test_who_waits_outside_has_no_table(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    factory.waiting(session, booking)
    client.sign_in(booking.citizen)

    for path in ("tisch", "abgeben", "gezeigt/1"):
        assert client.get(f"/beratung/{booking.id}/{path}").status_code == 404


def test_a_photo_handed_over_lies_in_the_file_and_at_the_talk(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    factory.running(session, booking)
    client.sign_in(booking.citizen)
    here = f"/beratung/{booking.id}/abgeben"

    empty = client.post_form(here, {})
    answer = client.post_form(
        here, {"files": (io.BytesIO(pictures.picture()), "brief.jpg", "image/jpeg")}
    )

    assert empty.status_code == 422
    assert "Angekommen" in answer.json["words"]
    (paper,) = casefiles.documents_of(session, asker=booking.citizen)
    talk = factory.consultation(session, booking)
    assert queries.papers_of(session, consultation=talk) == [paper]
    client.sign_in(booking.staff_member)
    assert paper.title in client.get(f"/amt/beratung/{booking.id}/tisch").json["words"]


@pytest.mark.parametrize("who", ["citizen", "officer"])
def test_failed_technology_speaks_against_missed(session: Session, who: str) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-50))
    by = booking.citizen if who == "citizen" else booking.staff_member

    problems.report(
        session,
        booking=booking,
        consultation=None,
        problem=Problem.NO_WAY_IN,
        text="Der Link ging nicht auf.",
        by=by,
        now=clock.now(),
    )

    facts = evidence.facts_of(session, booking)
    assert [fact.kind for fact in facts] == [FactKind.CONNECTION_FAILED]
    known = evidence.circumstances(session, booking=booking, now=clock.now())
    with pytest.raises(fairness.SpeaksAgainst):
        fairness.check_may_be_missed(known)


def test_the_page_asks_what_did_not_work(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session, starts_in=timedelta(minutes=-50))
    client.sign_in(booking.citizen)
    here = f"/beratung/{booking.id}/stoerung"

    assert client.post_form(here, {}).status_code == 422
    assert client.post_form(here, {"problem": "no_sound"}).status_code == 302
    assert [fact.kind for fact in evidence.facts_of(session, booking)] == [
        FactKind.CONNECTION_FAILED
    ]
