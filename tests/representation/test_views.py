"""Inviting, helping, switching, as browsers without JavaScript do it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Power, Representation, RepresentationKind
from portal.applications.models import Application
from portal.audit.models import Event
from portal.casefiles.models import Document
from portal.core import clock
from tests.client import PortalClient
from tests.factories import accounts, casefiles
from tests.factories.representation import representation
from tests.queries import counted_queries
from tests.representation.browsing import Browser, switch, token_on

Kind = RepresentationKind
CODE = re.compile(r'invitation-code__letters">([2-9A-Z]{4}-[2-9A-Z]{4})<')


@pytest.fixture
def oksana(session: Session) -> Citizen:
    made = accounts.citizen(session, first_name="Oksana", last_name="Kovalenko")
    casefiles.case(session, made)
    session.commit()
    return made


def code_from(client: PortalClient, **choice: object) -> str:
    wanted = {"powers": ["see", "fill_in", "upload"], "period": "day", **choice}
    answer = client.post_form("/vertretung/helfen-lassen", wanted, follow_redirects=True)
    found = CODE.search(answer.text)
    assert found, answer.text
    return found[1]


def test_from_the_code_to_the_help(browse: Browser, oksana: Citizen, farid: Citizen) -> None:
    """Given a code on one phone, when the other accepts, then the bar says for whom."""
    hers, his = browse(oksana), browse(farid)
    assert hers.get("/vertretung/helfen-lassen").status_code == 200
    code = code_from(hers)
    page = his.get(f"/helfen/{code.replace('-', '')}")
    assert "Oksana K. bittet Sie um Hilfe" in page.text
    assert "Kovalenko" not in page.text
    assert "Sehen, ausfüllen und Unterlagen abgeben" in page.text

    answer = his.post_form(f"/helfen/{code}")
    assert (answer.status_code, answer.location) == (302, "/")
    page = his.get("/unterlagen")
    assert "Sie handeln für" in page.text
    assert "<strong>Oksana Kovalenko</strong>" in page.text
    assert "Sie handeln für Oksana Kovalenko" in re.search("<title>(.*)</title>", page.text)[1]
    assert "Farid Amiri" in hers.get("/vertretung").text


def test_the_page_with_the_code_shows_what_became_of_it(
    browse: Browser, oksana: Citizen, farid: Citizen
) -> None:
    hers = browse(oksana)
    page = hers.post_form(
        "/vertretung/helfen-lassen", {"powers": ["see"], "period": "day"}
    ).location
    shown = hers.get(page).text
    assert "Zeigen Sie diesen Code" in shown
    assert "data:image/svg+xml" in shown
    assert "noch 14 Minuten" in shown
    assert CODE.search(browse(oksana).get(page).text) is None
    assert browse(farid).get(page).status_code == 404
    browse(farid).post_form(f"/helfen/{CODE.search(shown)[1]}")
    assert "Farid Amiri handelt ab jetzt für Sie." in hers.get(page).text


def test_the_code_survives_the_sign_in(browse: Browser, oksana: Citizen) -> None:
    code = code_from(browse(oksana)).replace("-", "")
    stranger = browse(None)
    page = stranger.get(f"/helfen/{code}")
    assert f'href="/anmelden?next=/helfen/{code}"' in page.text
    assert stranger.post_form(f"/helfen/{code}").location.startswith("/anmelden?next=")


def test_a_typed_code_leads_to_the_same_page(
    browse: Browser, oksana: Citizen, farid: Citizen
) -> None:
    code = code_from(browse(oksana))
    answer = browse(farid).post_form("/helfen", {"code": code.lower().replace("-", " ")})
    assert answer.location == f"/helfen/{code.replace('-', '')}"


def test_looking_at_a_code_takes_nothing(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    code = code_from(browse(oksana))
    browse(farid).get(f"/helfen/{code}")
    assert session.scalars(select(Representation)).first() is None


def test_wrong_codes_are_slowed_down(browse: Browser, oksana: Citizen, farid: Citizen) -> None:
    """Given five wrong codes, when a sixth is tried, then even the right one has to wait."""
    code = code_from(browse(oksana))
    his = browse(farid)
    for number in range(5):
        assert his.post_form("/helfen", {"code": f"ABCD-EFG{number + 2}"}).status_code == 410
    for answer in (
        his.post_form("/helfen", {"code": code}),
        his.get(f"/helfen/{code}"),
        his.post_form(f"/helfen/{code}"),
    ):
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


def test_strangers_without_account_slow_nobody_else_down(
    browse: Browser, oksana: Citizen, farid: Citizen
) -> None:
    code = code_from(browse(oksana))
    stranger = browse(None)
    for number in range(6):
        stranger.get(f"/helfen/ABCDEFG{number + 2}")
    assert stranger.get(f"/helfen/{code}").status_code == 429
    assert browse(farid).get(f"/helfen/{code}").status_code == 200


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/vertretung/helfen-lassen", {"powers": ["book"], "period": "day"}),
        ("/vertretung/helfen-lassen", {"powers": [], "period": "day"}),
        ("/vertretung/helfen-lassen", {"powers": ["everything"], "period": "day"}),
        ("/vertretung/helfen-lassen", {"powers": ["see"], "period": "three_years"}),
        ("/vertretung/helfen-lassen", {"powers": ["see"], "period": "\x00"}),
        ("/vertretung/neu", {"kind": "guardian", "powers": ["see"], "period": "year"}),
        (
            "/vertretung/neu",
            {"kind": "household_member", "powers": ["see"], "period": "three_years"},
        ),
        ("/helfen", {"code": ""}),
        ("/helfen", {"code": "x" * 10_000}),
    ],
)
def test_bad_input_is_named_and_nothing_is_made(
    browse: Browser, oksana: Citizen, session: Session, path: str, data: dict[str, object]
) -> None:
    assert browse(oksana).post_form(path, data).status_code == 422
    assert session.scalars(select(Representation)).first() is None


@pytest.mark.parametrize("code", ["%00%00%00", "\u202eABCDEFGH", "😀😀😀😀", "a" * 40])
def test_strange_codes_open_nothing(browse: Browser, farid: Citizen, code: str) -> None:
    assert browse(farid).get(f"/helfen/{code}").status_code in {400, 404, 410}


def test_a_power_of_attorney_goes_by_code_too(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    answer = browse(oksana).post_form(
        "/vertretung/neu",
        {"kind": "power_of_attorney", "powers": ["see", "send"], "period": "year"},
        follow_redirects=True,
    )
    browse(farid).post_form(f"/helfen/{CODE.search(answer.text)[1]}")
    made = session.scalars(select(Representation)).one()
    assert (made.kind, made.powers) == (Kind.POWER_OF_ATTORNEY, ["see", "send"])


def test_a_companion_is_listed_and_opens_nothing(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    answer = browse(oksana).post_form(
        "/vertretung/neu",
        {"kind": "companion", "powers": ["see", "send"], "period": "year"},
        follow_redirects=True,
    )
    his = browse(farid)
    assert his.post_form(f"/helfen/{CODE.search(answer.text)[1]}").location == "/vertretung"
    page = his.get("/vertretung")
    assert "Beistand" in page.text
    assert "Für diese Person handeln" not in page.text
    made = session.scalars(select(Representation)).one()
    assert switch(his, made).status_code == 404


# On behalf of


def test_every_deed_says_by_whom_and_for_whom(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    """Given a switch, when Farid hands in a paper, then trail and page say so to her."""
    found = representation(session, principal=oksana, representative=farid)
    session.commit()
    his = browse(farid)
    switch(his, found)
    his.post_form(
        "/unterlagen/neu",
        {"kind": "payslips", "files": casefiles.upload()},
        content_type="multipart/form-data",
    )
    document = session.scalars(select(Document)).one()
    assert document.owner_id == oksana.id
    event = session.scalars(select(Event).where(Event.deed == "casefiles.document_received")).one()
    assert (event.actor_name, event.facts["for"]["name"]) == ("Farid Amiri", "Oksana Kovalenko")
    assert (
        "Eingereicht von Farid Amiri für Sie."
        in browse(oksana).get(f"/unterlagen/{document.id}").text
    )


def test_switching_is_a_deed_of_its_own(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    found = representation(session, principal=oksana, representative=farid)
    session.commit()
    his = browse(farid)
    switch(his, found)
    switch(his, None)
    deeds = [event.deed for event in session.scalars(select(Event).order_by(Event.id))]
    assert deeds[-2:] == ["accounts.acts_for", "accounts.acts_for_oneself"]
    assert "Sie handeln für sich selbst." in his.get("/unterlagen").text


@pytest.mark.parametrize(
    ("powers", "path", "opens"),
    [
        ([Power.SEE], "/unterlagen", True),
        ([Power.SEE], "/unterlagen/neu", False),
        ([Power.SEE, Power.UPLOAD], "/unterlagen/neu", True),
        ([Power.SEE, Power.UPLOAD], "/termine/neu", False),
        ([Power.SEE, Power.BOOK], "/termine/neu", True),
    ],
)
def test_only_what_was_given_opens(
    browse: Browser,
    oksana: Citizen,
    farid: Citizen,
    session: Session,
    powers: list[Power],
    path: str,
    opens: bool,
) -> None:
    found = representation(session, principal=oksana, representative=farid, powers=powers)
    session.commit()
    his = browse(farid)
    switch(his, found)
    assert his.get(path).status_code == (200 if opens else 404)
    for page in ("/", "/unterlagen", "/termine", "/antraege"):
        assert (f'href="{path}"' in his.get(page).text) <= opens, page


def test_who_fills_in_and_may_not_send_is_told_so(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    found = representation(
        session, principal=oksana, representative=farid, powers=[Power.SEE, Power.FILL_IN]
    )
    session.commit()
    his = browse(farid)
    switch(his, found)
    his.post_form("/antraege/neu/probe")
    made = session.scalars(select(Application)).one()
    assert made.citizen_id == oksana.id
    assert his.post_form(f"/antraege/{made.id}/senden").status_code == 404


def test_the_own_account_stays_the_own(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    found = representation(session, principal=oksana, representative=farid)
    session.commit()
    his = browse(farid)
    switch(his, found)
    page = his.get("/konto").text
    assert "Diese Seite betrifft Ihr eigenes Konto." in page
    assert farid.email in page
    assert oksana.email not in page


def test_revoked_counts_from_the_next_request(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    """Given a helper at work, when she ends it, then his very next request opens nothing."""
    found = representation(session, principal=oksana, representative=farid)
    session.commit()
    hers, his = browse(oksana), browse(farid)
    switch(his, found)
    token = token_on(his.get("/unterlagen/neu").text)
    hers.post_form(f"/vertretung/{found.id}/beenden")
    for path in ("/", "/unterlagen", "/unterlagen/neu", "/antraege", "/termine"):
        answer = his.get(path)
        assert answer.status_code == 404, path
        assert "Diese Vertretung ist beendet" in answer.text
        assert "Zurück zu mir" in answer.text
        assert "Kovalenko" not in answer.text
    posted = his.post(
        "/unterlagen/neu",
        data={"csrf_token": token, "kind": "payslips", "files": casefiles.upload()},
        content_type="multipart/form-data",
    )
    assert posted.status_code == 404
    assert session.scalars(select(Document)).first() is None
    assert switch(his, None).status_code == 302
    assert his.get("/unterlagen").status_code == 200


def test_an_end_by_the_clock_counts_too(
    browse: Browser,
    oksana: Citizen,
    farid: Citizen,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = representation(
        session, principal=oksana, representative=farid, lasts=timedelta(minutes=10)
    )
    session.commit()
    his = browse(farid)
    switch(his, found)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert his.get("/unterlagen").status_code == 404


def test_a_stranger_switches_and_ends_nothing(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    found = representation(session, principal=oksana, representative=farid)
    stranger = accounts.citizen(session)
    session.commit()
    theirs = browse(stranger)
    assert switch(theirs, found).status_code == 404
    assert theirs.post_form(f"/vertretung/{found.id}/beenden").status_code == 404
    assert switch(browse(oksana), found).status_code == 404
    assert theirs.post_form("/vertretung/wechseln", {"representation": "x"}).status_code == 404
    session.refresh(found)
    assert found.revoked_at is None


def test_one_query_more_is_all_it_costs(
    browse: Browser, oksana: Citizen, farid: Citizen, session: Session
) -> None:
    """A page for oneself costs no more for who could act for others."""
    client = browse(farid)
    client.get("/vertretung/helfen-lassen")
    with counted_queries() as alone:
        client.get("/vertretung/helfen-lassen")
    representation(session, principal=oksana, representative=farid)
    session.commit()
    with counted_queries() as trusted:
        assert "Für andere handeln" in client.get("/vertretung/helfen-lassen").text
    assert len(trusted) == len(alone)
