"""The main job: from the first mail to the note of the talk, by two people at two browsers."""

import io
import re
from datetime import time, timedelta
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Role, StaffMember
from portal.appointments.models import Booking
from portal.audit import queries as audit
from portal.audit.models import Event
from portal.casefiles.models import Document, DocumentKind
from portal.core import clock
from portal.core.vault import service as vault
from portal.dev import papers
from portal.notifications import queries as notifications
from tests.e2e.call import CallPage
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.renewal import RenewalForm
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts
from tests.factories import appointments as appointment_factory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMAIL, PASSWORD = "oksana.kovalenko@post.example", "drei-rote-Fahrräder-im-Hof"
LINK = re.compile(r"https?://\S+")
PAYSLIP, CONTRACT = "IMG_2041.jpg", "kontoauszug.pdf"

DEEDS = (
    "accounts.registered",
    "accounts.address_confirmed",
    "accounts.signed_in",
    "applications.submitted",
    "casefiles.document_received",
    "casefiles.document_opened",
    "casefiles.document_accepted",
    "casefiles.document_rejected",
    "appointments.booked",
    "appointments.moved",
    "consultation.arrived",
    "consultation.admitted",
    "consultation.joined",
    "consultation.ended",
    "consultation.note_filed",
    "casefiles.document_filed",
)


def hire(session: Session) -> tuple[StaffMember, StaffMember]:
    """Hire somebody for the money and somebody for the talk, who is there around the clock."""
    team = accounts.team(session, "Leistung 1")
    appointment_factory.kind(session)
    money = accounts.staff_member(
        session, Role.BENEFIT_OFFICER, team=team, first_name="Jana", last_name="Keller"
    )
    talk = accounts.staff_member(
        session, Role.INTEGRATION_OFFICER, first_name="Miriam", last_name="Okafor"
    )
    for weekday in range(1, 8):
        appointment_factory.hours(
            session, talk, weekday=weekday, starts=time(0, 0), ends=time(23, 55)
        )
    return money, talk


def latest_mail(office: Office) -> tuple[str, str, list[str]]:
    """Return subject, text and names of attachments of the latest mail."""

    def read(session: Session) -> tuple[str, str, list[str]]:
        mail = notifications.latest_messages(session, address=EMAIL, limit=1)[0]
        return mail.subject, mail.text, [one.filename for one in mail.attachments]

    return office.do(read)


def let_it_begin(office: Office) -> None:
    """Turn the time to shortly before the only appointment."""

    def shift(session: Session) -> None:
        start = clock.now() + timedelta(minutes=2)
        session.execute(
            update(Booking).values(
                starts_at=start,
                ends_at=start + timedelta(minutes=30),
                blocked_until=start + timedelta(minutes=45),
            )
        )

    office.do(shift)


def pdf_in_file(office: Office, kind: DocumentKind) -> pikepdf.Pdf:
    """Open the one PDF of this kind that lies in the digital file."""

    def read(session: Session) -> bytes:
        document = session.scalars(select(Document).where(Document.kind == kind)).one()
        return vault.read(session, document.served_file_id or "")

    return pikepdf.open(io.BytesIO(office.do(read)))


def register(office: Office, visitor: Visitor) -> None:
    visitor.go("/")
    visitor.check_barriers()
    visitor.go("/registrieren")
    visitor.types("Vorname", "Oksana")
    visitor.types("Nachname", "Kovalenko")
    visitor.types("E-Mail-Adresse oder Handynummer", EMAIL)
    visitor.types("Passwort", PASSWORD)
    visitor.press("Konto eröffnen")
    visitor.reads("Bitte bestätigen Sie Ihre Adresse")
    link = LINK.search(latest_mail(office)[1])
    assert link
    visitor.go(link[0].removeprefix(office.base_url))
    visitor.reads("Adresse bestätigen")
    visitor.types("Passwort", PASSWORD)
    visitor.press("Bestätigen und anmelden")
    visitor.sees("Oksana")


def apply(visitor: Visitor, photo: Path, pdf: Path) -> None:
    visitor.go("/antraege/neu/wba")
    visitor.reads("Weiterbewilligungsantrag")
    visitor.press("Anfangen")
    visitor.reads("Weiterbewilligungsantrag")
    visitor.page.get_by_role("link", name=re.compile("Anfangen|Weiter ausfüllen")).click()
    form = RenewalForm(visitor)
    visitor.picture("question")
    form.fill_in_everything()
    visitor.go(
        visitor.page.url.removesuffix("/pruefen").removesuffix("/unterlagen") + "/unterlagen"
    )
    visitor.reads("Unterlagen zum Antrag")
    papers_asked = visitor.page.locator("main .task-list__link")
    first, second = (papers_asked.nth(n).inner_text().strip() for n in (0, 1))
    form.hand_in(first, photo)
    visitor.reads("Unterlagen zum Antrag")
    form.hand_in(second, pdf)
    visitor.follow("Weiter zum Prüfen")
    visitor.reads("Antrag prüfen und senden")
    visitor.page.get_by_role("button", name="Antrag jetzt senden").dblclick()
    visitor.reads("Ihr Antrag ist angekommen")
    visitor.reload_until(visitor.page.get_by_text("Eingangsbestätigung (PDF) speichern"))


def decide_on_papers(visitor: Visitor) -> None:
    visitor.go("/amt/eingang?wer=alle")
    visitor.reads("Eingang")
    visitor.picture("inbox")
    row = visitor.page.locator("[data-row]", has_text="Weiterbewilligungsantrag").first
    expect(row).to_contain_text("Neuer Antrag")
    row.locator("[data-open]").click()
    visitor.reads("Weiterbewilligungsantrag von Oksana Kovalenko")
    visitor.sees("Bäckerei Sonnenschein GmbH")
    visitor.reload_until(visitor.page.locator("main img"))
    visitor.picture("side-by-side")
    visitor.press("Annehmen")
    visitor.sees("Angenommen")
    visitor.page.locator("summary", has_text="Noch einmal anfordern").click()
    visitor.page.locator("[name=reason]").first.check()
    visitor.press("Aufgabe an Oksana Kovalenko senden")
    visitor.sees("Bitte noch einmal")


def hand_in_again(visitor: Visitor, better: Path) -> None:
    visitor.go("/")
    visitor.check_barriers()
    visitor.picture("overview")
    tasks = visitor.page.locator(".task-list__link")
    expect(tasks).to_have_count(1)
    tasks.click()
    visitor.check_barriers()
    visitor.page.get_by_role("link", name=re.compile("^Jetzt abgeben")).click()
    visitor.check_barriers()
    visitor.page.locator("input[name=files]").set_input_files(str(better))
    visitor.page.locator("main form button", has_text="abgeben").last.click()
    visitor.page.wait_for_url("**angekommen=*")


def book_and_move(office: Office, visitor: Visitor) -> None:
    visitor.go("/termine/neu")
    visitor.reads("Termin aussuchen")
    visitor.page.get_by_role("link", name=re.compile("^Beratung per Video")).click()
    visitor.reads("Wann passt es Ihnen?")
    visitor.picture("slots")
    visitor.page.locator(".slot-picker__button").first.click()
    visitor.reads("Termin buchen")
    visitor.page.locator("textarea").fill("Ich habe Fragen zu meinen Stunden.")
    visitor.press("Termin buchen")
    visitor.reads("Ihr Termin ist gebucht")
    subject, _, enclosed = latest_mail(office)
    assert "Termin" in subject
    assert [name for name in enclosed if name.endswith(".ics")]
    visitor.follow("Termin ansehen")
    visitor.check_barriers()
    visitor.follow("Verschieben")
    visitor.page.locator(".slot-picker__button").nth(3).click()
    visitor.reads("Termin verschieben?")
    visitor.press("Ja, verschieben")
    visitor.sees("verschoben")
    assert latest_mail(office)[0].startswith("Neue Zeit")


def talk(office: Office, citizen: Visitor, officer: Visitor) -> None:
    let_it_begin(office)
    citizen.go("/termine")
    citizen.check_barriers()
    citizen.press("Zum Gespräch")
    citizen.reads("Warteraum")
    citizen.check_barriers()
    citizen.follow("Kamera und Ton prüfen")
    citizen.check_barriers()
    citizen.press("Kamera und Mikrofon einschalten")
    citizen.sees("Ihre Kamera funktioniert.")
    citizen.page.get_by_role("button", name=re.compile("^Mit Bild und Ton")).click()
    citizen.reads("Warteraum")
    officer.go("/amt/beratung")
    officer.check_barriers()
    officer.page.get_by_role("link", name="Oksana Kovalenko").first.click()
    officer.press("Einlassen")
    expect(citizen.page.get_by_role("heading", name=re.compile("Gespräch mit"))).to_be_visible()
    ours, theirs = CallPage(citizen.page), CallPage(officer.page)
    for side in (ours, theirs):
        side.wait_until_connected()
    paths = [side.stats()["path"]["remotePort"] for side in (ours, theirs)]
    assert paths == [office.media_udp_port] * 2
    for side in (ours, theirs):
        side.wait_for_frames_of(side.the_other())
    officer.picture("call")
    ours.say("Guten Tag, hören Sie mich?")
    theirs.wait_for_message("Guten Tag, hören Sie mich?")
    citizen.page.reload()
    ours.wait_until_connected()
    ours.wait_for_message("Guten Tag, hören Sie mich?")


def end_with_note(officer: Visitor, citizen: Visitor) -> None:
    CallPage(officer.page).open_panel("Notiz")
    officer.page.get_by_label("Worüber haben wir gesprochen?").fill("Über die Stunden im Januar.")
    step = officer.page.get_by_role("group", name="Schritt 1")
    step.get_by_label("Was?").fill("Neuen Vertrag schicken.")
    officer.press("Gespräch beenden")
    officer.press("Beenden und ablegen")
    officer.sees("Dieses Gespräch ist beendet")
    citizen.reads("Das Gespräch ist beendet")
    note = citizen.page.get_by_role("link", name="Gesprächsnotiz lesen")
    note.wait_for(timeout=60_000)
    note.click()
    citizen.reload_until(citizen.page.get_by_role("img", name=re.compile("Seite 1")))
    citizen.check_barriers()


def check_papers(office: Office) -> None:
    """Look into the file: the PDFs of the office are tagged, the photo has lost its place."""
    for kind in (DocumentKind.RECEIPT, DocumentKind.CONSULTATION_NOTE):
        with pdf_in_file(office, kind) as pdf:
            assert pdf.Root.MarkInfo.Marked
            assert str(pdf.Root.Lang).startswith("de")
    photo = office.do(
        lambda session: vault.read(
            session,
            session.scalars(
                select(Document.served_file_id)
                .where(Document.content_type == "image/jpeg")
                .order_by(Document.received_at)
            ).first()
            or "",
        )
    )
    with Image.open(io.BytesIO(photo)) as shown:
        assert shown.height > shown.width
        assert not shown.getexif().get_ifd(papers.GPS)


def check_trail(office: Office) -> None:
    """Every deed is on the trail, and the trail is whole."""
    done = office.do(lambda session: set(session.scalars(select(Event.deed).order_by(Event.id))))
    assert set(DEEDS) <= done, set(DEEDS) - done
    assert office.do(audit.first_break) is None


def test_from_the_first_mail_to_the_note(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    money, talks = office.do(hire)
    slip = papers.payslip("Oksana Kovalenko", "Oktober 2026", clock.local_date(clock.now()))
    photo, pdf = tmp_path / PAYSLIP, tmp_path / CONTRACT
    photo.write_bytes(papers.as_photo(slip))
    pdf.write_bytes(papers.as_pdf(slip, slip))
    citizen = Visitor(open_page(width=360, height=780))
    benefits, adviser = Visitor(open_page(money)), Visitor(open_page(talks))

    register(office, citizen)
    apply(citizen, photo, pdf)
    decide_on_papers(benefits)
    hand_in_again(citizen, pdf)
    book_and_move(office, citizen)
    talk(office, citizen, adviser)
    end_with_note(adviser, citizen)
    check_papers(office)
    check_trail(office)
