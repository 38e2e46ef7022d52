"""From the application to the answer on an objection: three people at three browsers."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.audit import queries as audit
from portal.audit.models import Event
from portal.core import clock
from portal.decisions.models import Objection, ObjectionState
from portal.dev import papers
from portal.postbox.models import Letter
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.renewal import ANSWERS, RenewalForm
from tests.e2e.pages.visitor import Visitor
from tests.factories import accounts, applications
from tests.factories import postbox as letters

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 780}
WID: dict[str, str | list[str]] = {
    "wid_scope": "part",
    "wid_part": "Der Mehrbedarf für die Ernährung.",
    "wid_reasons": "Die Ärztin hat mir das Attest am Freitag gegeben.",
    "wid_file_access": "no",
    "wid_urgent_hardship": "no",
    "wid_for_other": "no",
    "wid_sign": "print",
    "truth": "y",
}
DEEDS = {
    "applications.submitted",
    "casefiles.document_received",
    "decisions.submitted",
    "decisions.released",
    "decisions.issued",
    "postbox.viewed",
    "postbox.deadline_settled",
    "decisions.objection_received",
    "decisions.objection_form_met",
}


def an_office(session: Session) -> tuple[Citizen, StaffMember, StaffMember, str]:
    """Give a citizen with a filled draft and consent to letters here, her officer, and the lead."""
    now = clock.now()
    oksana = letters.known(session, first_name="Oksana", last_name="Kovalenko")
    draft = applications.draft(session, oksana, applications.NOTHING_CHANGED, now)
    letters.consent(session, oksana, now=now)
    team = accounts.team(session, "Leistung 1")
    jana = accounts.staff_member(
        session, Role.BENEFIT_OFFICER, team=team, first_name="Jana", last_name="Keller"
    )
    lead = accounts.staff_member(
        session, Role.TEAM_LEAD, team=team, first_name="Sabine", last_name="Hoffmann"
    )
    return oksana, jana, lead, str(draft.id)


def send(hers: Visitor, draft: str) -> None:
    hers.go(f"/antraege/{draft}/pruefen")
    hers.reads("Antrag prüfen und senden")
    hers.press("Antrag jetzt senden")
    hers.reads("Ihr Antrag ist angekommen")


def ask_for_a_paper(theirs: Visitor) -> None:
    """Find the application in the inbox and ask for one paper."""
    theirs.go("/amt/eingang?wer=alle")
    theirs.reads("Eingang")
    theirs.page.locator("[data-row]", has_text="Weiterbewilligungsantrag").first.locator(
        "[data-open]"
    ).click()
    theirs.reads("Weiterbewilligungsantrag von Oksana Kovalenko")
    theirs.follow("Akte öffnen")
    theirs.follow("Dokument anfordern")
    theirs.reads("Dokumente anfordern")
    theirs.page.locator("[name=art][value=bank_statements_3m]").check()
    theirs.press("Weiter zum Text")
    theirs.check_barriers()
    theirs.press("Anforderung senden")
    theirs.check_barriers()


def hand_in(hers: Visitor, paper: Path) -> None:
    hers.go("/")
    hers.page.locator(".task-list__link", has_text="Kontoauszüge").first.click()
    hers.check_barriers()
    hers.page.get_by_role("link", name=re.compile("^Jetzt abgeben")).click()
    hers.page.locator("input[name=files]").set_input_files(str(paper))
    hers.page.locator("main form button", has_text="abgeben").last.click()
    hers.page.wait_for_url("**angekommen=*")


def decide(theirs: Visitor, application: str) -> None:
    """Grant a part, with amounts that need a second person."""
    theirs.go(f"/amt/antraege/{application}")
    theirs.press("Entscheidung schreiben")
    theirs.reads("Entscheidung: Weiterbewilligungsantrag von Oksana Kovalenko")
    theirs.page.locator("[name=ruling][value=partly_granted]").check()
    award(theirs, "1.280,00")
    theirs.page.locator("[name=blocks][value=teil_abgelehnt]").check()
    theirs.page.locator("[name=reasons]").fill(
        "Den Mehrbedarf für kostenaufwändige Ernährung lehnen wir ab. Das Attest fehlt."
    )
    theirs.page.locator("[name=legal_basis]").fill("§§ 7, 19 bis 22 SGB II")
    theirs.press("Speichern und Brief ansehen")
    theirs.reads("Entscheidung für Oksana Kovalenko")
    theirs.sees("Freigeben wird Sabine Hoffmann")
    theirs.sees("Welchen Teil wir ablehnen")
    theirs.press("Zur Freigabe geben")
    theirs.sees("Liegt bei Sabine Hoffmann")
    theirs.check_barriers()


def award(theirs: Visitor, euros: str) -> None:
    """Type an award of the next year for one person."""
    year = clock.local_date(clock.now()).year + 1
    theirs.page.locator("[name=award_from]").fill(f"1.1.{year}")
    theirs.page.locator("[name=award_until]").fill(f"31.12.{year}")
    theirs.page.locator("[name=lines-0-person]").fill("Oksana Kovalenko")
    theirs.page.locator("[name=lines-0-cents]").fill(euros)


def release(leads: Visitor) -> None:
    """Find what waits in the inbox, read the letter, let it go."""
    leads.go("/amt/eingang")
    row = leads.page.locator("[data-row]", has_text="Entscheidung ansehen und freigeben").first
    row.locator("[data-open]").click()
    leads.reads("Entscheidung für Oksana Kovalenko")
    leads.press("Freigeben und versenden")
    leads.sees("Freigegeben. Der Bescheid geht jetzt hinaus.")


def deliver(office: Office, hers: Visitor, count: int) -> date:
    """Wait for the newest letter, let its notice leave, and return until when one can act."""

    def look(session: Session) -> date | None:
        found = session.scalars(select(Letter).order_by(Letter.number)).all()
        if len(found) < count or found[-1].notification_id is None:
            return None
        letters.sent(session, found[-1], at=clock.now())
        return found[-1].remedy_until

    for _ in range(60):
        until = office.do(look)
        if until:
            return until
        hers.page.wait_for_timeout(500)
    raise AssertionError("the worker does not file the letter")


def read_the_letter(hers: Visitor, until: date) -> None:
    """Read it in the postbox: amounts, reasons, until when and why."""
    hers.go("/postfach")
    hers.reads("Postfach")
    hers.page.get_by_role("link", name="Teilweise Bewilligung").first.click()
    hers.check_barriers()
    hers.sees("Wir bewilligen Ihren Antrag zum Teil. Im Übrigen lehnen wir ihn ab.")
    expect(hers.page.locator(".letter-words td").first).to_have_text("1.280,00 €")
    expect(hers.page.locator("main")).to_contain_text("§ 37 Absatz 2a SGB X")
    expect(hers.page.locator("main")).to_contain_text("Ein Monat nach der Bekanntgabe")
    expect(hers.page.locator("main")).to_contain_text(f"{until.day}. ")
    hers.follow("Kurz erklärt")
    hers.reads("Zum Teil bewilligt")
    hers.sees("Sie können widersprechen.")


def object_to_it(office: Office, hers: Visitor) -> None:
    """Object from the letter and send; what is missing is said at once."""
    hers.follow("Widersprechen")
    hers.reads("Widersprechen")
    hers.sees("Sie haben Zeit bis")
    hers.press("Widerspruch schreiben")
    hers.check_barriers()
    hers.page.get_by_role("link", name=re.compile("Anfangen|Weiter ausfüllen")).first.click()
    RenewalForm(hers, ANSWERS | WID).fill_in_everything()
    hers.reads("Widerspruch prüfen und senden")
    hers.press("Widerspruch jetzt senden")
    hers.reads("Ihr Widerspruch ist angekommen")
    for _ in range(60):  # the worker writes down that it came
        if office.do(lambda session: session.scalars(select(Objection)).first() is not None):
            break
        hers.page.wait_for_timeout(500)
    hers.follow("Drei Wege zur Unterschrift")
    hers.reads("Ihr Widerspruch")
    hers.sees("Die Unterschrift fehlt noch")


def answer_it(theirs: Visitor) -> None:
    """Note the signed paper, then remedy."""
    theirs.go("/amt/eingang?wer=alle")
    theirs.page.locator("[data-row]", has_text="Widerspruch").first.locator("[data-open]").click()
    theirs.reads("Widerspruch von Oksana Kovalenko")
    theirs.page.locator("[name=form][value=signed]").check()
    today = clock.local_date(clock.now())
    theirs.page.locator("[name=met_on]").first.fill(f"{today:%d.%m.%Y}")
    theirs.press("Form vermerken")
    theirs.sees("Auf Papier unterschrieben")
    theirs.press("Antwort schreiben")
    theirs.check_barriers()
    theirs.page.locator("[name=ruling][value=remedied]").check()
    award(theirs, "1.200,00")
    theirs.page.locator("[name=blocks][value=begruendet]").check()
    theirs.page.locator("[name=legal_basis]").fill("§ 21 Absatz 5 SGB II")
    theirs.press("Speichern und Brief ansehen")
    theirs.sees("Sie haben Recht. Wir helfen Ihrem Widerspruch ab")
    theirs.press("Bescheid erlassen und versenden")
    theirs.check_barriers()


def read_the_answer(hers: Visitor) -> None:
    hers.go("/postfach")
    hers.page.get_by_role("link", name="Abhilfe auf Ihren Widerspruch").first.click()
    hers.check_barriers()
    hers.sees("Sie haben Recht. Wir helfen Ihrem Widerspruch ab")
    hers.go("/bescheide")
    hers.reads("Bescheide")
    hers.page.get_by_role("link", name="Abhilfe auf Ihren Widerspruch").first.click()
    hers.reads("Ihr Widerspruch hat Erfolg")


def check_trail(session: Session) -> None:
    done = set(session.scalars(select(Event.deed).order_by(Event.id)))
    assert done >= DEEDS, DEEDS - done
    assert audit.first_break(session) is None
    assert session.scalars(select(Objection)).one().state is ObjectionState.ANSWERED


def test_from_the_application_to_the_answer_on_the_objection(
    office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    """Given an application granted in part, when she objects from the letter, she is answered."""
    oksana, jana, lead, draft = office.do(an_office)
    paper = tmp_path / "kontoauszug.pdf"
    slip = papers.payslip("Oksana Kovalenko", "Oktober 2026", clock.local_date(clock.now()))
    paper.write_bytes(papers.as_pdf(slip))
    hers = Visitor(open_page(oksana, **PHONE))
    theirs, leads = Visitor(open_page(jana)), Visitor(open_page(lead))

    send(hers, draft)
    ask_for_a_paper(theirs)
    hand_in(hers, paper)
    decide(theirs, draft)
    release(leads)
    until = deliver(office, hers, 1)
    assert until >= clock.local_date(clock.now()) + timedelta(days=32)
    read_the_letter(hers, until)
    object_to_it(office, hers)
    answer_it(theirs)
    deliver(office, hers, 2)
    read_the_answer(hers)
    office.do(check_trail)
