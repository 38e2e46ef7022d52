"""The table of a talk: a page that all see, papers handed over it, and technology that failed."""

import io
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.appointments import evidence, fairness
from portal.appointments.models import Booking, FactKind
from portal.casefiles import queries as casefiles
from portal.casefiles.models import Document
from portal.consultations import problems, queries, roles, service, table
from portal.consultations.guest_models import Guest, GuestRole
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


# Guests at the table


def inside(
    client: PortalClient, session: Session, booking: Booking, role: GuestRole
) -> tuple[Guest, str]:
    """Let a guest agree in this browser, wait and come in; return the row and the address."""
    guest, code = factory.guest(session, booking, role=role)
    here = f"/gast/{code}"
    client.post_form(f"{here}/zusagen", {"guest_name": "Rita Sommer", "agreed": "y"})
    client.post_form(f"{here}/warten", {"taking_part": "video"})
    place = factory.room(session, booking).place_of(guest)
    assert place is not None
    service.admit(session, ticket=place, booking=booking, by=booking.staff_member, now=clock.now())
    return guest, here


def shown_to_all(session: Session, booking: Booking) -> Document:
    paper = papers.document(session, owner=booking.citizen, title="Mietvertrag")
    papers.prepare(session, paper.id)
    factory.running(session, booking)
    table.show_page(
        session, booking=booking, document=paper, number=1, by=booking.staff_member, now=clock.now()
    )
    return paper


@pytest.mark.parametrize("role", [GuestRole.INTERPRETER, GuestRole.COMPANION, GuestRole.PARTNER])
def test_guests_see_the_shown_page_and_nothing_else_of_the_table(
    client: PortalClient, session: Session, role: GuestRole
) -> None:
    booking = factory.booking(session)
    paper = shown_to_all(session, booking)
    _, here = inside(client, session, booking, role)

    words = client.get(f"{here}/tisch").json["words"]

    assert f"{here}/gezeigt/1" in words
    assert paper.title not in words
    assert "Notiz" not in words
    assert client.get(f"{here}/gezeigt/1").mimetype.startswith("image/")
    assert client.get(f"{here}/gezeigt/2").status_code == 404
    assert "Gezeigtes" in client.get(f"{here}/gespraech").text
    table.put_away(session, booking=booking, by=booking.staff_member, now=clock.now())
    assert client.get(f"{here}/gezeigt/1").status_code == 404
    assert "Gerade wird nichts gezeigt" in client.get(f"{here}/tisch").json["words"]


def test_who_only_listens_does_not_see_papers(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    shown_to_all(session, booking)
    _, here = inside(client, session, booking, GuestRole.HELPER)

    assert client.get(f"{here}/tisch").status_code == 404
    assert client.get(f"{here}/gezeigt/1").status_code == 404
    assert "Gezeigtes" not in client.get(f"{here}/gespraech").text


def test_a_guest_outside_or_sent_away_sees_nothing(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    shown_to_all(session, booking)
    guest, here = inside(client, session, booking, GuestRole.COMPANION)
    place = factory.room(session, booking).place_of(guest)
    assert place is not None

    service.send_back(
        session, ticket=place, booking=booking, by=booking.staff_member, now=clock.now()
    )

    assert client.get(f"{here}/tisch").status_code == 404
    assert client.get(f"{here}/gezeigt/1").status_code == 404


def test_the_officer_is_told_which_guests_see_it(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    shown_to_all(session, booking)
    inside(client, session, booking, GuestRole.COMPANION)
    client.sign_in(booking.staff_member)

    words = client.get(f"/amt/beratung/{booking.id}/tisch").json["words"]

    assert "Was Sie zeigen, sehen auch: Rita Sommer." in words


def test_who_sees_the_table_can_point_on_it() -> None:
    assert GuestRole.HELPER not in roles.SEES_TABLE
    assert {roles.OFFICER, roles.CITIZEN, GuestRole.INTERPRETER} <= roles.SEES_TABLE


# A file that the officer picks now


def picked(client: PortalClient, booking: Booking, content: bytes, name: str) -> TestResponse:
    return client.post_form(
        f"/amt/beratung/{booking.id}/datei",
        {"files": (io.BytesIO(content), name, "image/jpeg")},
    )


def test_a_picked_file_lies_in_the_file_is_scanned_and_then_shown(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    papers.case(session, booking.citizen)
    factory.running(session, booking)
    client.sign_in(booking.staff_member)

    answer = picked(client, booking, pictures.picture(), "Berechnung.jpg")

    [paper] = casefiles.documents_of(session, asker=booking.citizen)
    assert paper.title == "Berechnung"
    assert f'data-picked="{paper.id}"' in answer.json["words"]
    # Nobody sees it before it has been looked at.
    show = f"/amt/beratung/{booking.id}/zeigen/{paper.id}/1"
    table_of = f"/amt/beratung/{booking.id}/tisch"
    assert show not in client.get(table_of).json["words"]
    assert client.post_form(show).status_code == 404
    papers.prepare(session, paper.id)
    assert show in client.get(table_of).json["words"]
    assert client.post_form(show).status_code == 302
    client.sign_in(booking.citizen)
    assert client.get(f"/beratung/{booking.id}/gezeigt/1").mimetype.startswith("image/")


def test_a_picked_file_that_is_none_is_refused_with_a_sentence(
    client: PortalClient, session: Session
) -> None:
    booking = factory.booking(session)
    papers.case(session, booking.citizen)
    factory.running(session, booking)
    client.sign_in(booking.staff_member)

    nothing = client.post_form(f"/amt/beratung/{booking.id}/datei", {})
    office = picked(client, booking, b"PK", "Berechnung.xlsx")

    assert nothing.status_code == 422
    assert "Wählen Sie eine Datei aus." in nothing.json["words"]
    assert office.status_code == 422
    assert "Büroprogramm" in office.json["words"]
    assert not casefiles.documents_of(session, asker=booking.citizen)


def test_before_the_talk_runs_no_file_is_picked(client: PortalClient, session: Session) -> None:
    booking = factory.booking(session)
    papers.case(session, booking.citizen)
    factory.waiting(session, booking)
    client.sign_in(booking.staff_member)
    assert picked(client, booking, pictures.picture(), "Bild.jpg").status_code == 409
