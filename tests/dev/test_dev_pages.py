"""The demo pages, and that a real office has none of them."""

import html
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from portal.accounts.models import Role
from portal.app import create_app
from portal.audit.models import Event
from portal.core import clock, jobs
from portal.core.config import Settings
from portal.dev import early, mailbox, words
from portal.dev.people import CITIZENS
from portal.notifications import service
from portal.notifications.service import Enclosure
from tests.client import PortalClient
from tests.factories import appointments
from tests.factories.accounts import citizen, staff_member


def address(rule: Rule) -> str:
    found = str(rule)
    for argument in rule.arguments:
        value = "1" if argument == "number" else "00000000-0000-4000-8000-000000000000"
        found = found.replace(
            next(p for p in found.split("/") if p.endswith(f"{argument}>")), value
        )
    return found


def dev_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/dev")]


def test_a_real_office_has_no_demo_pages(rolled_back_app: Flask) -> None:
    demo = rolled_back_app.config["SETTINGS"]
    real = create_app(
        Settings(
            demo=False,
            database_url=demo.database_url,
            data_dir=demo.data_dir,
            secret_key="x" * 40,
            ticket_keys=("y" * 40,),
            base_url="https://portal.example",
            smtp_url="smtp://mail.example",
        )
    )
    try:
        assert real.config["SETTINGS"].problems() == []
        assert dev_rules(real) == []
        rules = dev_rules(rolled_back_app)
        assert len(rules) >= 9
        browser = real.test_client()
        for rule in rules:
            for method in ("GET", "POST"):
                answer = browser.open(
                    address(rule), method=method, base_url="https://portal.example"
                )
                # Without a token a POST is refused before anybody looks for its page.
                assert answer.status_code in ({404} if method == "GET" else {400, 404, 405})
        for path in ("/dev", "/dev/", "/dev/postfach", "/dev/anmelden-als"):
            assert browser.get(path, base_url="https://portal.example").status_code == 404
    finally:
        jobs.bind_app(rolled_back_app)


def test_the_menu_leads_to_every_page(client: PortalClient) -> None:
    page = client.get("/dev").text
    for path in ("/dev/anmelden-als", "/dev/postfach", "/dev/termin-jetzt", "/dev/bausteine"):
        assert f'href="{path}"' in page
        assert client.get(path).status_code == 200


def test_everybody_is_listed_with_role_and_state(client: PortalClient, session: Session) -> None:
    staff_member(session, Role.BENEFIT_OFFICER, Role.TEAM_LEAD, last_name="Hoffmann")
    citizen(session, email=CITIZENS[0].email, last_name="Kovalenko")
    citizen(session, last_name="Neumann", confirmed_at=None)
    page = client.get("/dev/anmelden-als").text
    assert "Leistungssachbearbeitung, Teamleitung" in page
    assert "Weiterbewilligung steht an" in page
    assert "noch nicht bestätigt" in page


def test_every_story_has_words() -> None:
    assert {demo.story for demo in CITIZENS} <= set(words.STORIES)


@pytest.mark.parametrize("kind", ["citizen", "staff"])
def test_one_becomes_somebody_by_a_click(client: PortalClient, session: Session, kind: str) -> None:
    person = citizen(session) if kind == "citizen" else staff_member(session, *Role)
    answer = client.post_form("/dev/anmelden-als", {"person": f"{kind}:{person.id}"})
    assert answer.location == ("/amt" if kind == "staff" else "/")
    inside = "/amt/eingang" if kind == "staff" else "/konto"
    assert client.get(inside).status_code == 200
    assert session.scalars(select(Event.deed)).all() == ["accounts.signed_in"]


@pytest.mark.parametrize("person", ["", "citizen:x", "staff:00000000-0000-4000-8000-000000000000"])
def test_nobody_is_nobody(client: PortalClient, person: str) -> None:
    assert client.post_form("/dev/anmelden-als", {"person": person}).status_code == 404


def mail(session: Session, to: str = "oksana@example.org") -> service.Message:
    return service.send(
        session,
        template="account_exists",
        address=to,
        recipient_id=None,
        now=clock.now(),
        context={"person": {"name": "<b>Oksana</b>"}},
        enclosures=[Enclosure("Termin für Öztürk.ics", "text/calendar", b"BEGIN:VCALENDAR")],
    )


def test_the_mailbox_shows_mails_and_filters_by_address(
    client: PortalClient, session: Session
) -> None:
    assert "Noch keine E-Mail" in client.get("/dev/postfach").text
    mail(session)
    mail(session, "yusuf@example.org")
    page = client.get("/dev/postfach").text
    assert page.count("Sie haben schon ein Konto") == 2
    assert client.get("/dev/postfach?adresse=yusuf@example.org").text.count("schon ein Konto") == 1
    assert "Keine E-Mail an diese" in client.get("/dev/postfach?adresse=x@y.z").text


def test_a_mail_has_links_to_follow_and_its_attachment(
    client: PortalClient, session: Session
) -> None:
    sent = mail(session)
    page = client.get(f"/dev/postfach/{sent.id}").text
    assert '<a href="http://localhost/anmelden">' in page
    assert "&lt;b&gt;Oksana" in page
    enclosed = client.get(f"/dev/postfach/{sent.id}/anhang/1")
    assert enclosed.data == b"BEGIN:VCALENDAR"
    assert enclosed.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/dev/postfach/{sent.id}/anhang/2").status_code == 404
    assert client.get("/dev/postfach/00000000-0000-4000-8000-000000000000").status_code == 404


def test_the_mail_as_sent_is_sealed_off(app: Flask, session: Session) -> None:
    sent = mail(session)
    answer = app.test_client().get(f"/dev/postfach/{sent.id}/ansicht")
    assert html.escape("<b>Oksana</b>") in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Sehen Sie http://localhost/anmelden.", ["http://localhost/anmelden"]),
        ("(https://a.example/x?y=1&z=2)", ["https://a.example/x?y=1&z=2"]),
        ("javascript:alert(1) ftp://x", []),
        ("", []),
    ],
)
def test_links_are_found_and_nothing_is_lost(text: str, links: list[str]) -> None:
    found = list(mailbox.pieces(text))
    assert [piece.text for piece in found if piece.is_link] == links
    assert "".join(piece.text for piece in found) == text


def test_a_talk_begins_with_an_interpreter_who_waits(
    client: PortalClient, session: Session
) -> None:
    talk = appointments.booking(session, officer=appointments.officer(session))
    officer = talk.staff_member

    client.post_form("/dev/termin-jetzt", {"termin": str(talk.id), "mit_gast": "y"})

    client.sign_in(officer)
    page = client.get(f"/amt/beratung/{talk.id}").text
    assert "Samira Aziz" in page
    assert "Dolmetscherin oder Dolmetscher" in page


def test_a_talk_begins_at_once_and_what_is_in_its_way_is_cancelled(
    client: PortalClient, session: Session
) -> None:
    officer = appointments.officer(session)
    talk = appointments.booking(session, officer=officer)
    slot = appointments.slot_at(officer, appointments.MONDAY + timedelta(days=1))
    in_the_way = appointments.booking(session, officer=officer, slot=slot)
    early.begin_now(session, id=in_the_way.id, now=clock.now() + timedelta(minutes=5))
    session.flush()
    assert in_the_way.citizen.name in client.get("/dev/termin-jetzt").text

    answer = client.post_form("/dev/termin-jetzt", {"termin": str(talk.id)})
    assert answer.location == "/dev/termin-jetzt"
    session.refresh(talk)
    assert clock.now() - timedelta(minutes=1) <= talk.starts_at <= clock.now() < talk.ends_at
    session.refresh(in_the_way)
    assert in_the_way.state == "cancelled"


@pytest.mark.parametrize("id", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_talk_does_not_begin(client: PortalClient, id: str) -> None:
    assert client.post_form("/dev/termin-jetzt", {"termin": id}).status_code == 404
