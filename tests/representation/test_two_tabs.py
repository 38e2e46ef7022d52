"""Several clients in several tabs: what was typed for one never lands in the file of another."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.keys import PortalSession
from portal.accounts.models import Citizen, Representation, RepresentationKind
from portal.applications.models import Application
from portal.casefiles.models import Document
from portal.core import clock
from portal.representation import service
from tests.factories import accounts, casefiles
from tests.factories.representation import representation
from tests.representation.browsing import Browser, switch, token_on

Kind = RepresentationKind


@pytest.fixture
def clients(session: Session, farid: Citizen) -> list[Representation]:
    """Let Farid be the guardian of two people."""
    found = []
    for name in ("Gerda", "Horst"):
        person = accounts.citizen(session, first_name=name, last_name="Winkler")
        casefiles.case(session, person)
        found.append(
            representation(
                session,
                principal=person,
                representative=farid,
                kind=Kind.GUARDIAN,
                lasts=None,
                task_areas=["authorities"],
            )
        )
    session.commit()
    return found


def test_a_guardian_sees_what_is_due_at_each(
    browse: Browser, farid: Citizen, clients: list[Representation], session: Session
) -> None:
    casefiles.evidence_request(session, owner=clients[1].principal)
    session.commit()
    page = browse(farid).get("/").text
    assert "Sie handeln auch für andere" in page
    assert page.index("Horst Winkler") < page.index("Gerda Winkler")
    assert "Eine Unterlage fehlt" in page
    assert "Kontoauszüge" not in page


def test_two_tabs_never_write_into_the_wrong_file(
    browse: Browser, farid: Citizen, clients: list[Representation], session: Session
) -> None:
    """Given a form for Gerda, when a second tab switches to Horst, then it goes to neither."""
    gerda, horst = clients
    his = browse(farid)
    switch(his, gerda)
    token = token_on(his.get("/unterlagen/neu").text)
    switch(his, horst)
    answer = his.post(
        "/unterlagen/neu",
        data={"csrf_token": token, "kind": "payslips", "files": casefiles.upload()},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302
    assert answer.location.startswith("/weiter/")
    assert session.scalars(select(Document)).first() is None

    page = his.get(answer.location).text
    assert "Sie haben diese Eingaben für Gerda Winkler gemacht." in page
    assert "Jetzt senden" not in page
    assert "Nur die Dateien müssen Sie noch einmal auswählen." in page
    switch(his, gerda)
    assert "Jetzt senden" in his.get(answer.location).text


@pytest.mark.parametrize("back_to_oneself", [False, True])
def test_a_form_for_oneself_is_not_sent_for_another_and_back(
    browse: Browser,
    farid: Citizen,
    clients: list[Representation],
    session: Session,
    back_to_oneself: bool,
) -> None:
    his = browse(farid)
    if back_to_oneself:
        switch(his, clients[0])
    token = token_on(his.get("/antraege/neu/wba").text)
    switch(his, None if back_to_oneself else clients[0])
    answer = his.post("/antraege/neu/wba", data={"csrf_token": token, "x": "y"})
    assert answer.location.startswith("/weiter/")
    assert session.scalars(select(Application)).first() is None


def test_a_script_that_saves_for_the_wrong_person_is_refused(
    browse: Browser, farid: Citizen, clients: list[Representation], session: Session
) -> None:
    his = browse(farid)
    switch(his, clients[0])
    token = token_on(his.get("/antraege/neu/wba").text)
    switch(his, clients[1])
    answer = his.post(
        "/antraege/neu/wba",
        data={"csrf_token": token},
        headers={"Sec-Fetch-Mode": "cors"},
    )
    assert answer.status_code == 409
    assert session.scalars(select(Application)).first() is None


def test_a_token_without_its_mark_is_for_oneself(
    browse: Browser, farid: Citizen, clients: list[Representation], session: Session
) -> None:
    """Cutting the mark off does not make a form fit."""
    his = browse(farid)
    switch(his, clients[0])
    token = token_on(his.get("/antraege/neu/wba").text)
    assert "~" in token
    for wrong in (token.partition("~")[0], token + "0", token[:-1], token.upper()):
        answer = his.post("/antraege/neu/wba", data={"csrf_token": wrong, "x": "y"})
        assert answer.status_code in {302, 400}
    assert session.scalars(select(Application)).first() is None


def test_what_was_kept_over_a_sign_in_waits_for_the_right_person(
    browse: Browser, farid: Citizen, clients: list[Representation], session: Session
) -> None:
    """Given an expired sign-in, when Farid signs in again, then nothing goes to his own file."""
    his = browse(farid)
    switch(his, clients[0])
    token = token_on(his.get("/antraege/neu/wba").text)
    for opened in session.scalars(select(PortalSession)):
        opened.seen_at -= timedelta(hours=2)
    session.commit()
    kept = his.post("/antraege/neu/wba", data={"csrf_token": token, "x": "y"}).location
    kept = kept.partition("next=")[2]
    his.sign_in(farid)
    page = his.get(kept).text
    assert "Sie haben diese Eingaben für Gerda Winkler gemacht." in page
    assert "Jetzt senden" not in page
    service.end_by_office(session, representation=clients[0], why="Ende", by=farid, now=clock.now())
    session.commit()
    assert "für die Sie nicht mehr handeln dürfen" in his.get(kept).text


def test_the_fastest_thumb_cannot_mix_two_files(
    browse: Browser, farid: Citizen, clients: list[Representation], session: Session
) -> None:
    """Given a switch whose answer was lost on the way, then the old page still writes nowhere."""
    phone = browse(farid)
    switch(phone, clients[0])
    token = token_on(phone.get("/antraege/neu/wba").text)
    [opened] = session.scalars(
        select(PortalSession).where(PortalSession.representation_id == clients[0].id)
    )
    opened.representation_id = clients[1].id
    session.commit()
    phone.post("/antraege/neu/wba", data={"csrf_token": token, "x": "y"})
    assert session.scalars(select(Application)).first() is None
