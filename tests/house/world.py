"""One office with one thing of everything, and what each person can reach in it by clicking.

`Office` undoes each request (a savepoint), so that tests may do whatever a page offers. Addresses
are not written down: `crawl` follows links, pictures, forms and what scripts are told, so that a
new page is walked as soon as something leads to it.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

from portal.accounts.keys import LinkPurpose, PortalSession
from portal.accounts.models import Citizen, Power, RepresentationKind, Role, StaffMember
from portal.accounts.service import contact, inviting, keeping, letters
from portal.applications import service as applications_service
from portal.applications.models import OwnPart
from portal.appointments import cards
from portal.audit.models import SYSTEM
from portal.calendars import places
from portal.calendars.models import Channel
from portal.casefiles import exports, holds
from portal.casefiles.models import HandIn
from portal.consultations import nodes, profiles, table
from portal.consultations.guest_models import GuestRole
from portal.consultations.waiting_models import Rung
from portal.core import clock
from portal.core.access import Access
from portal.core.db import db
from portal.feeds import service as feeds
from portal.handover.steps import STEPS
from portal.notifications.models import Message
from portal.postbox.models import Letter
from portal.precheck import answers as precheck
from portal.representation import service as trust
from portal.representation.rules import Period
from tests.client import PortalClient
from tests.factories import (
    accounts,
    applications,
    appointments,
    casefiles,
    consultations,
    decisions,
    form_edits,
    groups,
    identity,
    instant,
    intake,
    invitations,
    reading_along,
    representation,
    safety,
)
from tests.factories import waiting as waiting_list
from tests.factories.notifications import browser
from tests.factories.precheck import FAMILY
from tests.house import working

PEOPLE = ("nobody", "citizen", "neighbour", "staff")
A_PAGE, AN_ADDRESS = 25, 3
"""How many addresses of one page are walked, and in how many variants: calendars never end."""


@dataclass
class Field:
    """One input of a form: its name, its kind, and what a browser would send."""

    name: str
    kind: str
    value: str


@dataclass
class Form:
    """A form that posts, as a browser sees it."""

    action: str
    fields: list[Field] = field(default_factory=list)

    def filled(self) -> dict[str, str]:
        """Return something for each field, so that most of the form is right."""
        return {one.name: one.value or _WORDS.get(one.kind, "") for one in self.fields}


_NOTHING = {"key": "nichts", "form": "nichts", "page_id": "nichts", "secret": "x" * 43, "number": 1}
_WORDS = {"text": "Lindenau", "textarea": "Lindenau", "email": "a@b.example", "tel": "0641 5550"}
_WORDS |= {"password": "ein langes Wort 4711", "checkbox": "y"}


@dataclass
class Reach:
    """What somebody can open and send."""

    pages: dict[str, str] = field(default_factory=dict)
    """Addresses and their endpoints."""

    answers: dict[str, tuple[int, list[tuple[str, str]]]] = field(default_factory=dict)
    """Addresses and what was said beside the page: the status and the headers."""

    forms: dict[str, Form] = field(default_factory=dict)
    """Forms by the address that they are sent to."""

    def by_endpoint(self, app: Flask) -> dict[str, Form]:
        """Return one form for each route, the one with the most fields."""
        found: dict[str, Form] = {}
        for form in sorted(self.forms.values(), key=lambda form: len(form.fields)):
            if endpoint := endpoint_of(app, form.action, "POST"):
                found[endpoint] = form
        return found


class Office:
    """The application on one connection; everything a request does is undone after it."""

    def __init__(
        self,
        app: Flask,
        connection: Connection,
        cookies: dict[str, dict[object, object]],
        alone: list[str],
    ) -> None:
        self.app = app
        self.connection = connection
        self.cookies = cookies
        self.alone = alone
        self._reaches: dict[str, Reach] = {}

    def reach(self, who: str) -> "Reach":
        """Return what this person can open and send, found out once."""
        if who not in self._reaches:
            self._reaches[who] = crawl(self, who)
        return self._reaches[who]

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what happens in the block."""
        with self.connection.begin_nested() as savepoint:
            yield
            savepoint.rollback()

    def targets(self, who: str) -> Iterator[tuple[str, Form]]:
        """Name one form for every route that takes a POST and that this person may enter.

        A route that no page of this person leads to is asked with ids from pages beside it, or with
        ids of nothing.
        """
        forms = self.reach(who).by_endpoint(self.app)
        for rule in self.app.url_map.iter_rules():
            endpoint = str(rule.endpoint)
            if "POST" not in (rule.methods or ()) or not self.may_enter(who, endpoint):
                continue
            if endpoint in forms:
                yield endpoint, forms[endpoint]
            elif who != "neighbour":  # who walks only what the citizen has not
                yield endpoint, Form(self._beside(rule))

    def may_enter(self, who: str, endpoint: str) -> bool:
        """Tell whether the route is for everybody, or for people like this one."""
        access: Access = self.app.view_functions[endpoint].access  # type: ignore[attr-defined]
        if who == "neighbour":
            known = self.reach("citizen").by_endpoint(self.app)
            return access.who == "citizen" and endpoint not in known
        return access.who == who or (who == "nobody" and access.who in {"anyone", "signed"})

    def _beside(self, rule: Rule) -> str:
        """Fill the address with ids from a page of the same room, if one has them all."""
        adapter = self.app.url_map.bind("localhost")
        values = {name: _NOTHING.get(name, uuid4()) for name in rule.arguments}
        room = str(rule.endpoint).partition(".")[0]
        for who in PEOPLE if rule.arguments else ():
            for address, endpoint in self.reach(who).pages.items():
                if endpoint.startswith(f"{room}."):
                    known = adapter.match(urlsplit(address).path)[1]
                    if set(known) >= rule.arguments:
                        return adapter.build(rule.endpoint, known)
        return adapter.build(rule.endpoint, values)

    def browser(self, who: str) -> FlaskClient:
        """Return a browser in which this person is signed in."""
        client = FlaskClient(self.app, self.app.response_class, use_cookies=True)
        client._cookies = dict(self.cookies[who])  # type: ignore[assignment]
        return client


def furnish(session: Session) -> tuple[dict[str, Citizen | StaffMember], list[str]]:
    """Make one thing of everything; return who can sign in, and addresses nothing leads to."""
    now = clock.now()
    officer = accounts.staff_member(session, *Role, first_name="Jana")
    for weekday in range(1, 6):
        appointments.hours(session, officer, weekday=weekday)
    appointments.absence(
        session, officer, starts_at=now + timedelta(days=40), ends_at=now + timedelta(days=41)
    )
    appointments.plans(session, officer, now=now)
    citizen = accounts.citizen(session, phone="0641 5550123", postcode="35390", city="Lindenau")
    case = casefiles.case(session, citizen)
    case.team = officer.team
    case.integration_officer_id = officer.id
    received = casefiles.document(session, owner=citizen)
    casefiles.receipt(session, session.get_one(HandIn, received.hand_in_id))
    casefiles.evidence_request(session, owner=citizen)
    hold = {"reason": "Klage beim Sozialgericht", "by": officer, "now": now}
    holds.set_hold(session, case=case, **hold)
    package = exports.ask(session, case=case, by=officer, now=now)
    session.flush()
    exports.make(session, export=exports.export_to_make(session, package.id) or package, now=now)
    intake.scan(session, now=now)
    sent = applications.sent(session, citizen, applications.A_JOB)
    asked = applications.asked(session, sent, officer, "moved", "assets_accounts")
    applications.supplemented(session, sent, citizen, {"assets_savings": "1.00"})
    applications.amended(session, sent, citizen, {"assets_savings": "2.00"})
    decided = decisions.everything(session, citizen, officer, now=now)
    draft = applications.draft(session, citizen, applications.NOTHING_CHANGED)
    along = reading_along.running(session, draft, citizen, officer, now)
    reading_along.proposed(session, along, officer, {"street": "Am Markt 3"}, now)
    applications_service.start(session, form="wba", by=citizen, now=now)  # what is known: cards
    applications.shared(session, citizen, now=now)
    applications.held(session, citizen, now=now)
    instant.sent(session, citizen, with_receipt=True)
    instant.sent(session, emergencies=["no_money"], need="Miete am Freitag")
    neighbour = accounts.citizen(session)
    casefiles.case(session, neighbour).team = officer.team
    applications.in_review(session, neighbour, officer)
    applications.draft(session, neighbour, {"income_kinds": ["job"]})
    representation.representation(session, principal=neighbour, representative=citizen)
    representation.representation(session, principal=citizen, representative=neighbour)
    help = {"kind": RepresentationKind.HELPER, "powers": [Power.SEE], "period": Period.DAY}
    _, code = trust.invite(session, principal=neighbour, **help, now=now)
    waiting, _ = trust.invite(session, principal=citizen, **help, now=now)
    for begins in (timedelta(days=-1), timedelta(days=3), timedelta(days=4)):
        consultations.booking(session, citizen=citizen, officer=officer, starts_in=begins)
    talks, waits = (
        consultations.booking(
            session, citizen=citizen, officer=officer, starts_in=timedelta(minutes=minutes)
        )
        for minutes in (-10, 40)
    )
    consultations.running(session, talks, now=now)
    consultations.waiting(session, waits, now=waits.starts_at)
    _, link = consultations.guest(session, waits, now=now, address="rita@example.org")
    consultations.guest(session, talks, now=now)
    come, _ = consultations.guest(session, waits, now=now)
    consultations.guest_waiting(session, consultations.agreed(session, come), now=waits.starts_at)
    elsewhere = consultations.booking(session, citizen=neighbour, starts_in=timedelta(minutes=9))
    joins, _ = consultations.guest(
        session, elsewhere, role=GuestRole.COLLEAGUE, colleague=officer, now=now
    )
    table.show_page(session, booking=talks, document=received, number=1, by=officer, now=now)
    tried = profiles.Measured(
        camera_ok=True, sound_ok=True, rung=Rung.VIDEO, rtt_ms=40, loss_percent=0.5, kbit_s=1800
    )
    profiles.keep(session, citizen=citizen, measured=tried, browser="Firefox, Android", now=now)
    nodes.report(session, data={"node": "m1", "load": 0.4, "rooms": 2, "people": 5}, at=now)
    calls = {"case": case, "now": now}
    calls["slot"] = appointments.free_slot(session, citizen, "jobcenter", now + timedelta(days=25))
    summoned = invitations.summons(session, citizen, officer, **calls)
    del calls["slot"]
    invited = invitations.invitation(session, citizen, officer, now=now)
    heard = invitations.hearing(session, citizen, officer, **calls)
    invitations.invitation(session, neighbour, officer, now=now)
    alone = working.work_of(session, citizen=citizen, officer=officer, case=case, now=now)
    author = accounts.staff_member(session, Role.DATA_QUALITY_OFFICER)
    form_edits.refused(session, author)
    edit = form_edits.changed(session, form_edits.begun(session, author), author)
    form_edits.asked(session, edit, author)
    contact.ask_for_new_address(session, citizen=citizen, address="neu@example.org", now=now)
    newcomer = accounts.staff_member(session, Role.MAILROOM, team=officer.team, password_hash=None)
    inviting.invite(session, member=newcomer, by=SYSTEM, now=now)
    for purpose in (LinkPurpose.CONFIRM_ADDRESS, LinkPurpose.RESET_PASSWORD):
        letters.send_link(session, citizen, purpose, now=now)
    identity.printed(session, neighbour, now=now - timedelta(days=4))
    kept = [
        keeping.keep_form(
            session,
            ended=PortalSession(citizen_id=theirs, staff_member_id=ours),
            path=path,
            fields=[("note", "Lindenau")],
            had_files=True,
            now=now,
        )
        for theirs, ours, path in (
            (citizen.id, None, "/konto/kontakt"),
            (None, officer.id, "/amt/konto/passwort"),
        )
    ]
    session.flush()
    alone += [f"{front}/weiter/{one.id}" for front, one in zip(("", "/amt"), kept, strict=True)]
    alone.append(f"/brief/{session.get_one(Letter, heard.letter_id).number}")
    alone += [f"/amt/identitaet/konto/{citizen.id}", f"/amt/einladungen/zeiten/{invited.type_id}"]
    alone += [f"/termine/meldeaufforderungen/{summoned.id}", f"/anhoerungen/{heard.id}"]
    gone = accounts.staff_member(session, Role.MAILROOM, team=officer.team, is_active=False)
    alone.append(f"/amt/verwaltung/{gone.id}/aktivieren")
    alone += _messages_with_links(session)
    added = f"/antraege/{sent.id}/nachtrag"
    alone += [added, f"{added}?rueckfrage={asked.number}", f"{added}/seite/arbeit"]
    alone += [f"/antraege/{sent.id}/gesendet", f"/termine/{waits.id}/gebucht"]
    held, later = (
        appointments.held(session, citizen, now=now),
        consultations.booking(
            session, starts_in=timedelta(days=6), now=now, citizen=citizen, officer=officer
        ),
    )
    needs = cards.Needs(interpreter_language="Arabisch")
    cards.write(session, booking=later, needs=needs, by=citizen, now=now)
    offer = waiting_list.offered(session, citizen, now=now)
    event = groups.event_on(session, clock.local_date(now) + timedelta(days=12), officer, now=now)
    groups.seat(session, event, neighbour)
    alone += [f"/termine/angebot/{offer.id}", "/termine/warteliste/telefon"]
    alone += [f"/termine/gruppen/{event.id}", f"/amt/termine/gruppen/{event.id}"]
    alone += [
        f"/amt/termine/gruppen/{event.id}/{one}" for one in ("aendern", "absagen", "aufnehmen")
    ]
    alone.append(f"/amt/termine/gruppen/{event.id}/liste.pdf")
    alone += [f"/termine/neu/beratung-video/{held.id}", f"/antraege/{draft.id}/karte/about_you/wer"]
    alone.append("/amt/termine/kontakte/betreuungsformen/bestand")
    alone += [f"/amt/termine/neu/{case.id}/{citizen.id}/beratung-video"]
    in_house = consultations.booking(
        session, starts_in=timedelta(days=8), citizen=citizen, officer=officer
    )
    in_house.channel, in_house.place = Channel.OFFICE, places.standard_place(session)
    alone += [f"/amt/termine/{in_house.id}/raum", f"/amt/termine/faehigkeiten/{officer.id}"]
    alone += [f"/amt/termine/suche/{case.id}/{citizen.id}", f"/termine/{in_house.id}"]
    own_part = session.scalars(select(OwnPart).where(OwnPart.citizen_id == citizen.id)).first()
    assert own_part is not None
    alone += [f"/antraege/teil/{own_part.id}/unterschrift.pdf"]
    alone += [f"/termine/{later.id}/verschieben/{held.id}", f"/amt/termine/{later.id}"]
    alone += [f"/beratung/{waits.id}{page}" for page in ("", "/eintreten", "/geraete", "/rueckruf")]
    secret = feeds.make(session, member=officer, now=now)
    alone += [f"/kalender/{secret}.ics", f"/kalender/dav/{secret}/termine/"]
    alone += [f"/kalender/dav/{secret}/termine/{later.id}.ics"]
    alone += [f"/amt/akten/{case.id}/nicht-angekommen", "/amt/uebergaben"]
    browser(session, citizen, now=now)
    browser(session, officer, now=now)
    alone += [f"/amt/uebergaben/{one.item_id(officer.team_id)}" for one in STEPS[:2]]
    rooms = ("", "/geraete", "/stand", "/gespraech", "/nachrichten")
    alone += [f"/gast/{link}{page}" for page in rooms]
    alone += [f"/amt/beratung/mit/{joins.id}{page}" for page in rooms]
    for door in (f"/gast/{link}", f"/amt/beratung/mit/{joins.id}"):
        alone += [f"{door}/tisch", f"{door}/gezeigt/1"]
    alone += [f"/beratung/{talks.id}/gezeigt/1"]
    alone += [f"/beratung/{waits.id}/gaeste", f"/beratung/{waits.id}/nachweis"]
    told = safety.incident(session, officer)
    alone += [f"/amt/vorfaelle/{told.id}", f"/amt/hilferuf/termin/{talks.id}"]
    alone += [f"/amt/vorfaelle/neu?termin={talks.id}", f"/beratung/{talks.id}/stoerung"]
    alone += [f"/amt/hilferuf/{safety.alert(session, talks, now=now).id}"]
    alone += [f"/helfen/{code}", f"/vertretung/code/{waiting.id}"]
    alone += [f"/bescheide/{decided.issued.id}", f"/amt/entscheidungen/{decided.draft.id}"]
    made = (decided.issued, decided.draft)
    alone += [f"/amt/entscheidungen/{one.id}/pruefen" for one in made]
    alone += [f"/widersprueche/{decided.objected}", f"/amt/widersprueche/{decided.objected}"]
    alone += [f"/widersprueche/gegen/{decided.issued.letter_id}", "/amt/textbausteine/neues"]
    alone.append(f"/postfach/{decided.issued.letter_id}/ankunft")
    stand = precheck.sealed(FAMILY, now=now)
    alone += [f"/anspruch-pruefen/{one}?stand={stand}" for one in (*FAMILY.done, "ergebnis")]
    return {"citizen": citizen, "neighbour": neighbour, "staff": officer}, alone


def furnished(app: Flask) -> Iterator[Office]:
    """Furnish the office for good, then open it; what tests do in it is undone."""
    cookies: dict[str, dict[object, object]] = {}
    with app.test_request_context(base_url=app.config["BASE_URL"]):
        people, alone = furnish(db.session)
        db.session.commit()
        clients = {who: PortalClient(app, app.response_class, use_cookies=True) for who in PEOPLE}
        for who, person in people.items():
            clients[who].sign_in(person)
        db.session.commit()
        engine, maker = db.engine, db.sessionmaker
    for who, client in clients.items():
        client.csrf_token()  # the tokens of all forms belong to this session
        cookies[who] = dict(client._cookies)
    with engine.connect() as connection, connection.begin():
        maker.configure(bind=connection, binds={}, join_transaction_mode="create_savepoint")
        yield Office(app, connection, cookies, alone)
    engine.dispose()


class _Reader(HTMLParser):
    """Collect the addresses and forms of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.forms: list[Form] = []
        self.questions: list[Form] = []
        self._open: Form | None = None
        self._select: Field | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = Form(given.get("action", ""))
            posts = given.get("method", "").lower() == "post"
            (self.forms if posts else self.questions).append(self._open)
        else:
            self.addresses += [value for value in given.values() if _ADDRESS.match(value)]
        if given.get("formaction") and self._open:
            self.forms.append(Form(given["formaction"], self._open.fields))
        if self._open is not None and given.get("name"):
            self._take(self._open, tag, given)
        if tag == "option" and self._select is not None and not self._select.value:
            self._select.value = given.get("value", "")

    def _take(self, form: Form, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text") if tag == "input" else tag
        known = next((one for one in form.fields if one.name == given["name"]), None)
        if kind == "radio" and known and "checked" in given:
            known.value = given["value"]
        if tag not in {"input", "select", "textarea", "button"} or known:
            return
        kind = "readonly" if "readonly" in given else kind
        value = "" if kind == "checkbox" else given.get("value", "")
        form.fields.append(Field(given["name"], kind, value))
        self._select = form.fields[-1] if tag == "select" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


_ADDRESS = re.compile(r"[/?]|http://localhost/")


def endpoint_of(app: Flask, address: str, method: str) -> str | None:
    """Return the endpoint that answers there, if any."""
    adapter = app.url_map.bind("localhost")
    with contextlib.suppress(HTTPException, RequestRedirect):
        endpoint, _ = adapter.match(urlsplit(address).path, method=method)
        return str(endpoint)
    return None


def _messages_with_links(session: Session) -> list[str]:
    """Return where messages are read that hold the only way to a page: lists show the latest."""
    wanted = Message.template.in_([purpose.value for purpose in LinkPurpose])
    return [f"/dev/postfach/{id}" for id in session.scalars(select(Message.id).where(wanted))]


def crawl(office: Office, who: str) -> Reach:
    """Open whatever this person can reach by clicking."""
    reach, seen = Reach(), Counter[str]()
    rules = list(office.app.url_map.iter_rules())
    waiting = [one.rule for one in rules if "GET" in (one.methods or ()) and not one.arguments]
    waiting += office.alone
    client = office.browser(who)
    while waiting:
        address = waiting.pop(0)
        endpoint = endpoint_of(office.app, address, "GET")
        if endpoint is None or endpoint == "static" or address in reach.pages:
            continue
        path = urlsplit(address).path
        if seen[path] == AN_ADDRESS or (not seen[path] and seen[endpoint] == A_PAGE):
            continue
        seen[endpoint] += not seen[path]
        seen[path] += 1
        with office.undone(), client.get(address) as answer:
            reach.pages[address] = endpoint
            reach.answers[address] = answer.status_code, list(answer.headers)
            if answer.location:
                waiting.append(_path(answer.location))
            if answer.mimetype == "text/html":
                waiting += _read(office.app, address, answer.text, reach)
    return reach


def _read(app: Flask, address: str, page: str, reach: Reach) -> list[str]:
    reader = _Reader()
    reader.feed(page)
    for form in reader.forms:
        form.action = _path(urljoin(address, form.action) if form.action else address)
        reach.forms.setdefault(form.action, form)
    found = [_path(urljoin(address, one)) for one in reader.addresses]
    for one in found:
        if endpoint_of(app, one, "POST") and not endpoint_of(app, one, "GET"):
            reach.forms.setdefault(one, Form(one))  # a script sends there
    asked = [
        f"{urlsplit(urljoin(address, one.action)).path}?{urlencode(one.filled())}"
        for one in reader.questions
    ]
    return found + asked


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
