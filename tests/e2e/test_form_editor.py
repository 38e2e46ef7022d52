"""A text of a form, from one desk over another to the telephone of a citizen."""

from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, Role, StaffMember
from portal.applications import moving, queries, service
from portal.applications.models import Answer
from portal.core import clock
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.e2e.pages.visitor import Visitor
from tests.factories import applications, form_edits
from tests.factories.accounts import citizen, staff_member

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORM = "/amt/formulare/wba"
NEW = "Telefonnummer für Rückfragen"


def furnish(session: Session) -> tuple[StaffMember, StaffMember, Citizen, UUID]:
    """Make somebody who edits forms, a team lead, and a draft with answers."""
    author = staff_member(session, Role.DATA_QUALITY_OFFICER, first_name="Mira")
    lead = staff_member(session, Role.TEAM_LEAD, first_name="Jana")
    oksana = citizen(session)
    now = clock.now()
    draft = service.start(session, form="wba", by=oksana, now=now)
    filled = queries.filled_for(session, draft.id, asker=oksana)
    answers = applications.places({"phone": "0641 5550", "city": "Lindenau"})
    service.save_answers(session, filled=filled, answers=answers, by=oksana, now=now)
    return author, lead, oksana, draft.id


def test_a_text_goes_from_desk_to_desk_to_the_citizen(office: Office, open_page: OpenPage) -> None:
    # Given a draft with answers, somebody who edits forms and a team lead
    author, lead, oksana, id = office.do(furnish)
    mira = Visitor(open_page(author))
    jana = Visitor(open_page(lead, width=360))
    her = Visitor(open_page(oksana, width=360))

    # When one changes a text and adds a question
    mira.go("/amt/formulare")
    mira.reads("Formulare")
    mira.follow("Weiterbewilligungsantrag")
    mira.press("Dieses Formular ändern")
    mira.reads("Weiterbewilligungsantrag")
    mira.types("Suchen nach", "kurz anrufen")
    mira.press("Anzeigen")
    mira.sees("Wo wohnen Sie?")
    mira.check_barriers()
    mira.go(f"{FORM}/text?ort={form_edits.LABEL}")
    mira.reads("Text ändern")
    mira.types("Deutsch", NEW)
    mira.types("Englisch", "Phone number for questions")
    mira.types("Arabisch", "هاتف")
    mira.press("Text speichern")
    mira.sees("Der Text ist geändert.")
    mira.check_barriers()
    mira.go(f"{FORM}/frage?seite=anschrift")
    mira.reads("Frage hinzufügen")
    mira.page.get_by_label("Ja oder Nein").check()
    mira.types("Frage auf Deutsch", "Haben Sie einen Briefkasten?")
    mira.types("Frage auf Englisch", "Do you have a letter box?")
    mira.press("Frage hinzufügen")
    mira.sees("Die Frage steht auf der Seite.")

    # And looks at the page and at what becomes of drafts
    for width in (1280, 360):
        mira.page.set_viewport_size({"width": width, "height": 800})
        mira.go(f"{FORM}/vorschau/anschrift")
        mira.reads("Vorschau")
        expect(mira.page.locator(".preview-frame")).to_have_count(2)
        expect(mira.page.locator(".preview-frame").nth(0)).to_contain_text(NEW)
        expect(mira.page.locator(".preview-frame").nth(1)).to_contain_text("letter box")
        mira.go(f"{FORM}/probelauf")
        mira.reads("Probelauf")
        mira.sees("1 Entwurf, keiner verliert eine Antwort")
        mira.go(f"{FORM}/pruefung")
        mira.reads("Prüfen und einreichen")
        mira.sees("Keine Fehler gefunden")
    mira.types("Worum geht es?", "Telefon klarer")
    mira.page.get_by_label("Warum ist die Änderung nötig?").fill("Viele rufen deswegen an.")
    mira.press("Einreichen")
    mira.reads("Telefon klarer")
    mira.sees("Freigeben muss eine andere Person")

    # And somebody else publishes it
    jana.go("/amt/formulare")
    jana.reads("Formulare")
    jana.follow("Telefon klarer")
    jana.reads("Telefon klarer")
    jana.press("Freigeben und veröffentlichen")
    jana.sees("Veröffentlicht.")
    jana.check_barriers()
    jana.go(f"{FORM}/verlauf")
    jana.reads("Verlauf der Änderungen")

    # Then the draft goes on with the new text and keeps its answers
    moved = office.do(lambda session: moving.move_all(session, now=clock.now()))
    assert moved in ([id], [])  # the worker of the office may have been faster
    her.go(f"/antraege/{id}/anschrift")
    her.reads("Wo wohnen Sie?")
    expect(her.page.get_by_label(NEW)).to_have_value("0641 5550")
    expect(her.page.get_by_label("Ort", exact=True)).to_have_value("Lindenau")
    her.sees("Haben Sie einen Briefkasten?")
    kept = office.do(lambda session: answers_of(session, id))
    assert {"phone", "city"} <= set(kept)


def answers_of(session: Session, id: UUID) -> list[str]:
    """Return which questions of a draft have an answer."""
    asked = select(Answer.question_id).where(Answer.application_id == id)
    return list(session.scalars(asked.order_by(Answer.question_id)))
