"""The pages of the administration, from the first invitation to the last day."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.keys import PortalSession
from portal.accounts.models import Right, Role, StaffMember, Team
from portal.accounts.rules import RIGHTS
from portal.accounts.words import RIGHT_PHRASES, ROLES
from portal.administration import shown
from portal.audit import queries as audit
from portal.audit.models import Event
from portal.core import clock
from portal.notifications.models import Message
from tests.administration.conftest import Office
from tests.client import PortalClient, cookie_secret
from tests.factories import accounts
from tests.house.tree import python_files
from tests.queries import counted_queries

NEW = {
    "first_name": "Neu",
    "last_name": "Hier",
    "email": "neu.hier@jobcenter.example",
    "team": "",
    "new_team": "Poststelle",
    "roles": ["mailroom"],
    "room": "0.02",
    "phone": "0641 555 002",
}
PAGES = ["", "/einladen", "/rollen", "/teams"]
PAGES_OF_ONE = [
    "", "/angaben", "/rollen", "/schluessel-zuruecksetzen", "/deaktivieren", "/aktivieren",
]  # fmt: skip
DEEDS_OF_ONE = [
    "/angaben", "/rollen", "/einladung", "/schluessel-zuruecksetzen", "/geraete/abmelden",
    "/deaktivieren", "/aktivieren",
]  # fmt: skip


def path(member: StaffMember, deed: str = "") -> str:
    return f"/amt/verwaltung/{member.id}{deed}"


def member_by(session: Session, email: str) -> StaffMember | None:
    session.expire_all()
    return session.scalar(select(StaffMember).where(StaffMember.email == email))


def open_sessions(session: Session, member: StaffMember) -> list[PortalSession]:
    session.expire_all()
    return list(
        session.scalars(
            select(PortalSession).where(
                PortalSession.staff_member_id == member.id, PortalSession.ended_at.is_(None)
            )
        )
    )


def proved_long_ago(session: Session, member: StaffMember) -> None:
    for opened in open_sessions(session, member):
        opened.stepped_up_at = clock.now() - timedelta(minutes=11)
    session.commit()


# Who comes in


@pytest.fixture(params=[role for role in Role if Right.ADMINISTER not in RIGHTS[role]])
def stranger(request: pytest.FixtureRequest, session: Session) -> StaffMember:
    return accounts.staff_member(session, request.param)


def test_nobody_else_finds_the_administration(client, session, office: Office, stranger):
    client.sign_in(stranger)
    pages = [f"/amt/verwaltung{page}" for page in PAGES]
    for page in [*pages, *(path(office.jana, page) for page in PAGES_OF_ONE)]:
        assert client.get(page).status_code == 404, page
    for page in [*pages[1:2], *(path(office.jana, deed) for deed in DEEDS_OF_ONE)]:
        assert client.post_form(page).status_code == 404, page
    session.expire_all()
    assert office.jana.is_active


def test_an_administrator_reads_no_cases(client, office: Office):
    for page in ("/amt/eingang", "/amt/akten", "/amt/antraege", "/amt/termine", "/amt/beratung"):
        assert client.get(page).status_code == 404, page


def test_the_start_page_of_an_administrator_leads_on(client, office: Office):
    page = client.get("/amt").text
    assert 'href="/amt/verwaltung/einladen"' in page
    assert "Meine Vorgänge" not in page
    assert "Termine heute" not in page


def test_who_has_no_work_here_is_told_whom_to_ask(client, session):
    client.sign_in(accounts.staff_member(session, Role.MANAGEMENT))
    assert "Fragen Sie die Verwaltung" in client.get("/amt").text


def test_a_team_lead_reads_the_own_team_and_nothing_else(client, session, office: Office):
    lead = accounts.staff_member(session, Role.TEAM_LEAD, team=office.jana.team)
    session.commit()
    client.sign_in(lead)
    page = client.get("/amt/verwaltung/team").text
    assert "Keller, Jana" in page
    assert "Jansen" not in page
    assert "Zuletzt angemeldet" not in page
    assert not re.search(r"<main.*<(form|a) .*</main>", page, re.DOTALL)
    assert 'href="/amt/verwaltung/team"' in client.get("/amt").text
    assert 'href="/amt/verwaltung"' not in client.get("/amt").text


def test_the_team_page_is_for_team_leads(client, session):
    client.sign_in(accounts.staff_member(session, Role.BENEFIT_OFFICER))
    assert client.get("/amt/verwaltung/team").status_code == 404


# The list


def test_everybody_is_listed_with_words(client, office: Office):
    page = client.get("/amt/verwaltung").text
    assert "Keller, Jana" in page
    assert "Leistungssachbearbeitung" in page
    assert "kein zweiter Schlüssel" in page


def test_filters_come_from_the_address_and_nonsense_filters_nothing(client, office: Office):
    assert "Keller, Jana" not in client.get("/amt/verwaltung?rolle=administrator").text
    assert "Niemand gefunden" in client.get("/amt/verwaltung?suche=Xaver").text
    assert client.get(path(office.jana) + f"?vor={10**30}").status_code == 200
    assert client.get(f"/amt/verwaltung?seite={10**30}").status_code == 200
    nonsense = "?rolle=kaiser&stand=2&team=x&seite=-3"
    assert "Keller, Jana" in client.get(f"/amt/verwaltung{nonsense}").text


def test_a_longer_list_asks_no_more_queries(client, session, office: Office):
    with counted_queries() as few:
        client.get("/amt/verwaltung")
    for _ in range(15):
        accounts.staff_member(session, Role.MAILROOM, Role.FRONT_DESK)
    session.commit()
    with counted_queries() as many:
        client.get("/amt/verwaltung")
    assert len(many) == len(few) == 3  # the session with its person, the list, the teams


def test_roles_and_rights_are_shown_as_the_table_says(client, office: Office):
    page = client.get("/amt/verwaltung/rollen").text
    for words in (*ROLES.values(), *RIGHT_PHRASES.values()):
        assert str(words) in page


# Inviting


def test_somebody_new_gets_an_account_and_a_mail(client, session, office: Office):
    answer = client.post_form("/amt/verwaltung/einladen", NEW)
    member = member_by(session, "neu.hier@jobcenter.example")
    assert member
    assert answer.location == path(member)
    assert [held.role for held in member.roles] == [Role.MAILROOM]
    assert (member.team.name, member.room, member.phone) == ("Poststelle", "0.02", "0641 555 002")
    mail = session.scalars(select(Message)).one()
    assert (mail.template, mail.address) == ("invitation", member.email)
    assert "eingeladen seit" in client.get(path(member)).text


def test_somebody_new_can_join_a_team_that_is_there(client, session, office: Office):
    client.post_form("/amt/verwaltung/einladen", {**NEW, "team": "Leistung 1", "new_team": ""})
    member = member_by(session, "neu.hier@jobcenter.example")
    assert member
    assert member.team_id == office.jana.team_id


def test_the_form_says_what_each_role_allows(client, office: Office):
    page = client.get("/amt/verwaltung/einladen").text
    assert "Darf Notfallzugriffe freigeben und Zugänge verwalten. Muss sich mit einem" in page
    assert "Darf Kennzahlen sehen." in page


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"first_name": ""}, "Geben Sie den Vornamen ein."),
        ({"last_name": "x" * 10_000}, "Zeichen."),
        ({"last_name": "x" * 81}, "Höchstens 80 Zeichen."),
        ({"last_name": "\x07"}, "Füllen Sie dieses Feld aus."),
        ({"email": "neu@jobcenter.example\r\nBcc: a@b.de"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"email": "niemand"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"email": "a" * 300 + "@jobcenter.example"}, "Höchstens 254 Zeichen."),
        ({"email": "JANA.Keller@jobcenter.example"}, "Diese Adresse hat schon ein Konto."),
        ({"roles": []}, "Wählen Sie mindestens eine Rolle."),
        ({"roles": ["kaiser"]}, "Wählen Sie eine Antwort aus."),
        ({"roles": ["mailroom", "kaiser"]}, "Wählen Sie eine Antwort aus."),
        ({"new_team": ""}, "Wählen Sie ein Team"),
        ({"team": "Leistung 1"}, "Nicht beides."),
        ({"team": "Gibt es nicht", "new_team": ""}, "Wählen Sie eine Antwort aus."),
    ],
)
def test_what_cannot_be_taken_is_said_and_the_rest_is_kept(
    client, session, office: Office, sent: dict[str, object], said: str
):
    answer = client.post_form("/amt/verwaltung/einladen", {**NEW, **sent})
    assert answer.status_code in {409, 422}
    assert said in answer.text
    assert 'value="0641 555 002"' in answer.text
    assert member_by(session, "neu.hier@jobcenter.example") is None
    assert session.scalars(select(Message)).all() == []


def test_check_18_more_fields_than_the_form_has_change_nothing(client, session, office: Office):
    more = {"is_active": "", "password_hash": "x", "id": str(uuid4()), "number": "1", "by": "x"}
    client.post_form("/amt/verwaltung/einladen", {**NEW, **more})
    member = member_by(session, "neu.hier@jobcenter.example")
    assert member
    assert member.is_active
    assert member.password_hash is None
    rights = {"roles": ["administrator"], "team": str(office.admin.team_id), "is_active": ""}
    own = {"first_name": "Jana", "last_name": "Keller", "email": office.jana.email}
    client.post_form(path(office.jana, "/angaben"), {**own, **rights, "password_hash": "x"})
    session.expire_all()
    assert [held.role for held in office.jana.roles] == [Role.BENEFIT_OFFICER]
    assert office.jana.team_id != office.admin.team_id
    assert (office.jana.is_active, office.jana.password_hash) == (True, "!")


# One person


def test_one_person_has_no_secret_on_the_page(client, session, office: Office):
    page = client.get(path(office.jana)).text
    assert "jana.keller@jobcenter.example" in page
    assert "Darf den Eingang bearbeiten, Akten lesen" in page
    _, _, body = page.partition("</head>")  # the head names scripts
    assert "sealed" not in body
    assert "secret" not in body


def test_other_roles_are_given_and_end_the_sessions(client, session, office: Office):
    cookie_secret(office.jana)
    asked = client.get(path(office.jana, "/rollen")).text
    assert re.search(r'value="benefit_officer" checked', asked)
    sent = {"team": str(office.admin.team_id), "roles": ["administrator", "mailroom"]}
    answer = client.post_form(path(office.jana, "/rollen"), sent, follow_redirects=True)
    assert "Muss sich mit einem Passkey anmelden." in answer.text
    assert (
        "vorher Leistungssachbearbeitung, jetzt Poststelle, Verwaltung des Portals" in answer.text
    )
    assert open_sessions(session, office.jana) == []
    assert {held.role for held in office.jana.roles} == {Role.ADMINISTRATOR, Role.MAILROOM}


@pytest.mark.parametrize(
    "sent", [{"roles": ["kaiser"]}, {"roles": []}, {"team": str(uuid4())}, {"team": "\x00"}]
)
def test_roles_and_teams_that_are_none_are_refused(client, session, office: Office, sent):
    good = {"team": str(office.jana.team_id), "roles": ["mailroom"]}
    assert client.post_form(path(office.jana, "/rollen"), {**good, **sent}).status_code == 422
    session.expire_all()
    assert [held.role for held in office.jana.roles] == [Role.BENEFIT_OFFICER]


def test_the_own_account_offers_nothing_and_takes_nothing(client, session, office: Office):
    page = client.get(path(office.admin)).text
    assert "Das sind Sie selbst" in page
    for deed in DEEDS_OF_ONE[1:]:
        if deed != "/geraete/abmelden":
            assert path(office.admin, deed) not in page, deed
    roles = {"team": str(office.admin.team_id), "roles": ["administrator", "team_lead"]}
    assert client.post_form(path(office.admin, "/rollen"), roles).status_code == 403
    for deed in ("/deaktivieren", "/schluessel-zuruecksetzen"):
        assert client.get(path(office.admin, deed)).status_code == 403
        assert client.post_form(path(office.admin, deed)).status_code == 403
    session.expire_all()
    assert office.admin.is_active
    assert [held.role for held in office.admin.roles] == [Role.ADMINISTRATOR]


def test_details_are_changed_and_told_with_before_and_after(client, office: Office):
    own = {"first_name": "Jana", "last_name": "Keller-Öz", "email": office.jana.email, "room": "1"}
    answer = client.post_form(path(office.jana, "/angaben"), own, follow_redirects=True)
    assert "Nachname: vorher Keller, jetzt Keller-Öz" in answer.text
    assert "Raum: vorher –, jetzt 1" in answer.text


def test_a_lost_phone_leads_to_a_new_invitation(client, session, office: Office):
    cookie_secret(office.jana)
    assert (
        "Vergewissern Sie sich" in client.get(path(office.jana, "/schluessel-zuruecksetzen")).text
    )
    answer = client.post_form(path(office.jana, "/schluessel-zuruecksetzen"), follow_redirects=True)
    assert "Eine Einladung ist unterwegs an jana.keller@jobcenter.example." in answer.text
    assert open_sessions(session, office.jana) == []
    again = client.post_form(path(office.jana, "/einladung"), follow_redirects=True)
    assert "Die frühere gilt nicht mehr" in again.text


def test_check_11_an_administrator_ends_one_or_all_sessions(client, session, office: Office):
    for _ in range(3):
        cookie_secret(office.jana)
    one = open_sessions(session, office.jana)[0]
    assert client.get(path(office.jana)).text.count("Angemeldet: ") == 3
    client.post_form(path(office.jana, f"/geraete/{one.id}/abmelden"))
    left = open_sessions(session, office.jana)
    assert len(left) == 2
    assert one not in left
    assert one.ended_why == "office"
    client.post_form(path(office.jana, "/geraete/abmelden"))
    assert open_sessions(session, office.jana) == []
    assert open_sessions(session, office.admin) != []


def test_a_session_is_ended_below_its_own_person_only(client, session, office: Office):
    cookie_secret(office.jana)
    one = open_sessions(session, office.jana)[0]
    answer = client.post_form(path(office.other_admin, f"/geraete/{one.id}/abmelden"))
    assert answer.status_code == 404
    assert open_sessions(session, office.jana) == [one]


def test_check_09_who_leaves_is_out_and_who_returns_begins_anew(client, session, office: Office):
    cookie_secret(office.jana)
    assert "sofort überall abgemeldet" in client.get(path(office.jana, "/deaktivieren")).text
    page = client.post_form(path(office.jana, "/deaktivieren"), follow_redirects=True).text
    assert "deaktiviert" in page
    assert open_sessions(session, office.jana) == []
    for deed in ("/rollen", "/deaktivieren", "/schluessel-zuruecksetzen"):
        assert client.get(path(office.jana, deed)).status_code == 409
    assert client.get(path(office.jana, "/aktivieren")).status_code == 200
    client.post_form(path(office.jana, "/aktivieren"))
    session.expire_all()
    assert (office.jana.is_active, office.jana.password_hash) == (True, None)


@pytest.mark.parametrize("deed", DEEDS_OF_ONE)
def test_check_11_each_deed_asks_for_a_fresh_proof(client, session, office: Office, deed: str):
    proved_long_ago(session, office.admin)
    before = len(audit.events_about(session, kind="staff", id=office.jana.id))
    answer = client.post_form(path(office.jana, deed))
    assert answer.location.startswith("/amt/anmelden/noch-einmal")
    session.expire_all()
    assert len(audit.events_about(session, kind="staff", id=office.jana.id)) == before


@pytest.mark.parametrize("place", ["/amt/verwaltung/einladen", "/amt/verwaltung/teams"])
def test_check_11_inviting_and_teams_ask_for_a_fresh_proof(client, session, office, place: str):
    proved_long_ago(session, office.admin)
    assert client.post_form(place, {**NEW, "team": "Neu"}).location.startswith(
        "/amt/anmelden/noch-einmal"
    )
    assert member_by(session, "neu.hier@jobcenter.example") is None


def test_check_44_every_deed_names_who_did_it(client, session, office: Office):
    client.post_form("/amt/verwaltung/einladen", NEW)
    client.post_form(path(office.jana, "/deaktivieren"))
    client.post_form(path(office.jana, "/aktivieren"))
    client.post_form(path(office.jana, "/geraete/abmelden"))
    client.post_form("/amt/verwaltung/teams", {"team": "Ganz neu"})
    done = session.execute(
        select(Event.deed, Event.actor_name)
        .where(Event.actor_id == str(office.admin.id))
        .order_by(Event.id)
    ).all()
    assert [deed for deed, _ in done] == [
        "accounts.staff_added",
        "accounts.staff_invited",
        "accounts.staff_deactivated",
        "accounts.staff_reactivated",
        "accounts.staff_invited",
        "accounts.signed_out_everywhere",
        "accounts.team_added",
    ]
    assert {name for _, name in done} == {office.admin.name}


def test_the_trail_is_read_page_by_page(client, session, office: Office):
    for _ in range(11):
        client.post_form(path(office.jana, "/deaktivieren"))
        client.post_form(path(office.jana, "/aktivieren"))
    page = client.get(path(office.jana)).text
    older = re.search(r'href="([^"]+)#verlauf">Ältere', page)
    assert older
    rest = client.get(older[1]).text
    assert "Ältere" not in rest
    assert "Neueste Einträge" in rest


def test_every_deed_of_accounts_has_words():
    """What the trail of a staff member can hold is recorded in these files."""
    recorded = {
        deed
        for file in python_files("portal/accounts/service")
        for deed in re.findall(r'"(accounts\.[a-z_]+)"', file.read_text("utf-8"))
    }
    about_citizens = {
        "accounts.contact_changed", "accounts.address_change_asked", "accounts.address_changed",
        "accounts.registered", "accounts.address_confirmed", "accounts.acts_for",
        "accounts.acts_for_oneself", "accounts.send_reset_link", "accounts.identified",
        "accounts.provider_connected", "accounts.provider_disconnected", "accounts.messages_wished",
    }  # fmt: skip
    about_teams = {"accounts.team_added", "accounts.team_renamed"}
    assert recorded - set(shown.DEEDS) - about_citizens - about_teams == set()


# Teams


def test_a_team_gets_another_name(client, session, office: Office):
    team = office.jana.team_id
    assert client.post_form(
        f"/amt/verwaltung/teams/{team}/umbenennen", {"team": "Leistung Nord"}
    ).location == ("/amt/verwaltung/teams")
    session.expire_all()
    assert session.get_one(Team, team).name == "Leistung Nord"


@pytest.mark.parametrize("name", ["", " ", "x" * 10_000, "Leistung 1", "\x00"])
def test_a_team_needs_a_name_of_its_own(client, session, office: Office, name: str):
    before = len(session.scalars(select(Team)).all())
    assert client.post_form("/amt/verwaltung/teams", {"team": name}).status_code in {409, 422}
    other = office.admin.team_id
    answer = client.post_form(f"/amt/verwaltung/teams/{other}/umbenennen", {"team": name})
    assert answer.status_code in {409, 422}
    assert len(session.scalars(select(Team)).all()) == before


def test_what_is_not_there_is_not_found(client: PortalClient, office: Office):
    assert client.get(f"/amt/verwaltung/{uuid4()}").status_code == 404
    assert client.get(f"/amt/verwaltung/teams/{uuid4()}/umbenennen").status_code == 404


def test_who_has_no_key_to_prove_with_is_told_the_way_out(client, session, office: Office):
    proved_long_ago(session, office.admin)
    page = client.get(client.get("/amt/verwaltung/einladen").location).text
    assert "Melden Sie sich ab und danach neu an." in page
