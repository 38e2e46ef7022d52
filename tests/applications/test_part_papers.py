"""Papers of a part that another fills in: theirs and the office's; and signing it on paper."""

import io
import uuid
from datetime import timedelta

import pikepdf
import pytest
from sqlalchemy import select

from portal.accounts.models import RepresentationKind, Role
from portal.applications import corrections, jobs, queries, service
from portal.applications.corrections import Mark
from portal.applications.models import Attachment, MarkReason, OwnPart
from portal.applications.places import APPLICANT, Place
from portal.audit.models import Event
from portal.casefiles import queries as files
from portal.casefiles.models import Channel, Document, DocumentKind, EvidenceRequest, HandIn
from portal.core import clock, pdf
from portal.inbox.models import ItemKind, WorkItem
from tests.client import PortalClient
from tests.factories import accounts, casefiles, papers, representation
from tests.factories import applications as make
from tests.queries import counted_queries

PETRO, DANYLO = make.row(1), make.row(2)
SCHOOL, HEALTH = f"pupil_proof-{DANYLO.hex}", f"health_proof-{DANYLO.hex}"


@pytest.fixture
def oksana(session):
    return accounts.citizen(session, first_name="Oksana")


@pytest.fixture
def danylo(session):
    return accounts.citizen(session, first_name="Danylo", last_name="Kovalenko")


@pytest.fixture
def browse(app):
    def open_for(person):
        made = PortalClient(app, app.response_class, use_cookies=True)
        made.sign_in(person)
        return made

    return open_for


@pytest.fixture
def jana(session):
    return accounts.staff_member(session, Role.BENEFIT_OFFICER)


@pytest.fixture
def part(session, jana, oksana, danylo):
    """Let Danylo fill in his part: three answers, one of them about his health."""
    draft, given = make.shared(session, oksana, DANYLO)
    given.citizen, given.opened_at = danylo, clock.now()
    answers = {"works": False, "school": "Lindenschule", "illness": "Asthma"}
    service.save_answers(
        session,
        filled=queries.filled_for(session, draft.id, asker=oksana),
        answers={Place(key, None, DANYLO): value for key, value in answers.items()},
        by=danylo,
        now=clock.now(),
    )
    session.commit()
    return given


@pytest.fixture
def his(browse, danylo):
    return browse(danylo)


@pytest.fixture
def hers(browse, oksana):
    return browse(oksana)


@pytest.fixture
def here(part):
    return f"/antraege/teil/{part.id}"


@pytest.fixture
def there(part):
    return f"/antraege/{part.application_id}"


def hand_in(browser, address, **picture):
    upload = {"files": [casefiles.upload(papers.picture(**picture))], "together": "y"}
    return browser.post_form(address, upload, content_type="multipart/form-data")


def documents(session):
    return session.scalars(select(Document).order_by(Document.received_at, Document.id)).all()


def finish_and_send(session, hers, part, oksana):
    """Let her answer what is left to her, and send."""
    answers = {Place("tenant"): "applicant"}
    answers |= {Place("works", None, owner): False for owner in (APPLICANT, PETRO)}
    service.save_answers(
        session,
        filled=queries.filled_for(session, part.application_id, asker=oksana),
        answers=answers,
        by=oksana,
        now=clock.now(),
    )
    session.commit()
    return hers.post_form(
        f"/antraege/{part.application_id}/senden", {"key": str(uuid.uuid4())}
    ).location


def test_the_papers_follow_from_the_own_answers(his, here):
    """Given answers about school and health, when he looks, then two papers are his to hand in."""
    page = his.get(here).text
    assert "Ihre Unterlagen" in page
    assert "0 von 2 dabei" in page
    page = his.get(f"{here}/unterlagen").text
    assert "Schule von Danylo" in page
    assert "Attest von Danylo" in page
    assert "Petro" not in page


def test_a_paper_goes_into_the_file_of_the_household(session, his, here, part, danylo, oksana):
    """Given his certificate, when he hands it in, then it is his, in the file she applies with."""
    answer = hand_in(his, f"{here}/unterlagen/{SCHOOL}")
    assert answer.location == f"{here}/unterlagen"
    assert "1 Datei dabei" in his.get(answer.location).text
    [document] = documents(session)
    assert document.owner_id == danylo.id
    assert document.kind == DocumentKind.SCHOOL_CERTIFICATE
    assert document.case_id == files.case_of(session, asker=oksana).id
    assert session.scalars(select(Attachment)).one().requirement == SCHOOL
    assert "1 von 2 dabei" in his.get(here).text
    assert his.get(f"/unterlagen/{document.id}").status_code == 200


def test_who_applies_learns_that_it_is_there_and_nothing_else(session, his, hers, here, there):
    """Given both his papers, when she looks, then one „liegt vor“, of the other nothing."""
    hand_in(his, f"{here}/unterlagen/{SCHOOL}")
    hand_in(his, f"{here}/unterlagen/{HEALTH}", width=500)
    school, health = documents(session)
    page = hers.get(f"{there}/unterlagen").text
    assert "Liegt vor" in page
    assert "Attest" not in page
    assert "foto.jpg" not in page
    assert "selbst abgegeben" in hers.get(f"{there}/unterlagen/{SCHOOL}").text
    assert hers.get(f"{there}/unterlagen/{HEALTH}").status_code == 404
    for one in (school, health):
        assert hers.get(f"/unterlagen/{one.id}").status_code == 404
    for address in (there, f"{there}/pruefen", "/unterlagen"):
        text = hers.get(address).text
        assert "Attest" not in text
        assert "foto.jpg" not in text


def test_it_stays_so_when_the_part_is_taken_back(session, his, hers, here, there, part):
    """Given a paper about his health, when she takes the part back, then it stays out of sight."""
    hand_in(his, f"{here}/unterlagen/{HEALTH}")
    hers.post_form(f"/antraege/teilen/{part.id}/zuruecknehmen")
    assert "Attest" not in hers.get(f"{there}/unterlagen").text
    assert his.get(f"{here}/unterlagen").status_code == 404
    assert hand_in(his, f"{here}/unterlagen/{SCHOOL}", width=500).status_code == 404


def test_a_partner_who_acts_for_him_sees_no_paper_about_health(
    session, his, browse, here, oksana, danylo
):
    """Given her right to act for him, when she opens his papers, then one is missing."""
    hand_in(his, f"{here}/unterlagen/{HEALTH}")
    helping = representation.representation(
        session, principal=danylo, representative=oksana, kind=RepresentationKind.HOUSEHOLD_MEMBER
    )
    session.commit()
    browser = browse(oksana)
    browser.post_form("/vertretung/wechseln", {"representation": str(helping.id)})
    assert "Attest" not in browser.get("/unterlagen").text
    assert browser.get(here).status_code == 404
    assert browser.get(f"{here}/unterlagen").status_code == 404


def test_who_acts_for_somebody_sends_no_paper_of_the_own_part(
    session, browse, here, oksana, danylo
):
    helping = representation.representation(session, principal=oksana, representative=danylo)
    session.commit()
    browser = browse(danylo)
    browser.post_form("/vertretung/wechseln", {"representation": str(helping.id)})
    answer = browser.get(f"{here}/unterlagen/{SCHOOL}")
    assert answer.status_code == 409
    assert "Wechseln Sie zuerst zurück" in answer.text


def test_there_are_the_same_answers_without_a_paper(session, his, hers, here, there):
    """Given no paper, when he says why, then his words are for the office alone."""
    page = his.get(f"{here}/unterlagen/{SCHOOL}").text
    assert "Ich habe es jetzt nicht" in page
    slug = "habe-ich-nicht"
    assert his.get(f"{here}/unterlagen/{SCHOOL}/{slug}").status_code == 200
    answer = his.post_form(
        f"{here}/unterlagen/{SCHOOL}/{slug}", {"words": "Das Sekretariat hat zu."}
    )
    assert answer.location == f"{here}/unterlagen"
    assert "Sekretariat" in his.get(f"{here}/unterlagen/{SCHOOL}").text
    assert "Sekretariat" not in hers.get(f"{there}/unterlagen/{SCHOOL}").text
    assert his.get(f"{here}/unterlagen/{SCHOOL}/unsinn").status_code == 404


def test_a_paper_that_lies_in_the_file_can_be_named(session, his, here, danylo, oksana):
    """Given one paper of his in this file and one in another, then only the first is offered."""
    hand_in(his, f"{here}/unterlagen/{HEALTH}")
    [known] = documents(session)
    other = casefiles.document(session, owner=danylo)
    session.commit()
    assert other.case_id != known.case_id
    address = f"{here}/unterlagen/{SCHOOL}/schon-abgegeben"
    page = his.get(address).text
    assert str(known.id) in page
    assert str(other.id) not in page
    assert his.post_form(address, {"document": str(other.id)}).status_code in {404, 422}


def test_it_goes_on_after_sending(session, his, hers, here, part, oksana):
    """Given a sent application, when he hands a paper in, then the office is told of it."""
    assert finish_and_send(session, hers, part, oksana).endswith("/gesendet")
    assert "weiter nachreichen" in his.get(here).text
    assert hand_in(his, f"{here}/unterlagen/{SCHOOL}").status_code == 302
    assert session.scalars(select(HandIn)).one().channel is Channel.APPLICATION
    opened = session.scalars(select(WorkItem.kind).order_by(WorkItem.opened_at)).all()
    assert set(opened) == {ItemKind.APPLICATION, ItemKind.DOCUMENT}


def test_the_receipt_names_none_of_his_papers(session, his, hers, here, part, oksana, monkeypatch):
    hand_in(his, f"{here}/unterlagen/{SCHOOL}")
    hand_in(his, f"{here}/unterlagen/{HEALTH}", width=500)
    finish_and_send(session, hers, part, oksana)
    session.expire_all()
    shown = {}
    real = jobs.pdf.render
    monkeypatch.setattr(jobs.pdf, "render", lambda *a, **k: (shown.update(k), real(*a, **k))[1])
    jobs.write_receipt(session, now=clock.now(), application_id=str(part.application_id), waited=9)
    assert shown["attachments"] == []
    assert "Schule von Danylo" not in shown["missing"]
    assert "Attest" not in str(shown["missing"])


def test_the_office_asks_him_and_not_her(
    session, jana, his, hers, here, there, part, oksana, danylo
):
    """Given his certificate, when the office asks for it again, then only he reads of it."""
    hand_in(his, f"{here}/unterlagen/{HEALTH}")
    finish_and_send(session, hers, part, oksana)
    [document] = documents(session)
    seen = queries.filled_for(session, part.application_id, asker=jana)
    corrections.open_round(
        session,
        application=seen.application,
        words=None,
        due_on=clock.local_date(clock.now()) + timedelta(days=14),
        marks=[Mark(MarkReason.ILLEGIBLE, document=files.document_for(session, document.id, jana))],
        by=jana,
        now=clock.now(),
    )
    session.commit()
    [request] = session.scalars(select(EvidenceRequest)).all()
    assert request.owner_id == danylo.id
    assert "Attest" not in hers.get(there).text
    assert "Attest" not in hers.get("/unterlagen").text
    assert "Attest" in his.get("/unterlagen").text


# Signing on paper


def test_signing_on_paper_is_awaited_and_holds_nothing_up(
    session, his, hers, here, there, part, oksana
):
    """Given his part, when he chooses paper, then she reads what is awaited and sends meanwhile."""
    assert "Ich unterschreibe auf Papier" in his.get(here).text
    assert his.post_form(f"{here}/unterschrift").location == here
    page = his.get(here).text
    assert "Blatt drucken (PDF)" in page
    assert "Unterschriebenes Blatt abgeben" in page
    page = hers.get(there).text
    assert "Unterschrift von Danylo auf Papier" in page
    assert "Kommt noch" in page
    assert finish_and_send(session, hers, part, oksana).endswith("/gesendet")
    assert "Das Blatt kommt noch" in hers.get(there).text
    assert his.get(f"{here}/unterschrift.pdf").status_code == 200
    assert hand_in(his, f"{here}/unterlagen/unterschrift").location == here
    assert "Ihre Unterschrift liegt vor" in his.get(here).text
    page = hers.get(there).text
    assert "Das Blatt liegt vor" in page
    assert "foto.jpg" not in page


def test_the_sheet_holds_only_this_part_and_nothing_private(session, his, here, part, monkeypatch):
    """Given what he says of his health, when he prints, then the sheet names a hash, not Asthma."""
    assert his.get(f"{here}/unterschrift.pdf").status_code == 404
    his.post_form(f"{here}/unterschrift")
    made = []
    real = pdf.from_html
    monkeypatch.setattr(pdf, "from_html", lambda html: (made.append(html), real(html))[1])
    answer = his.get(f"{here}/unterschrift.pdf")
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    with pikepdf.open(io.BytesIO(answer.data)) as read, read.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    [html] = made
    session.refresh(part)
    assert "Lindenschule" in html
    assert "Asthma" not in html
    assert "Petro" not in html
    assert "Eine Angabe zu Gesundheit oder Schutz steht nicht auf diesem Blatt" in html
    assert part.paper_sha256 in html


def test_a_changed_answer_asks_for_a_new_signature(session, his, hers, here, there, part):
    his.post_form(f"{here}/unterschrift")
    hand_in(his, f"{here}/unterlagen/unterschrift")
    his.post_form(f"{here}/schule", {"school": "Andere Schule"})
    session.refresh(part)
    assert (part.on_paper_at, part.paper_sha256, part.paper_came_at) == (None, None, None)
    assert "Ich unterschreibe auf Papier" in his.get(here).text
    assert his.get(f"{here}/unterlagen/unterschrift").status_code == 404


def test_one_may_confirm_here_after_all(session, his, here, part):
    his.post_form(f"{here}/unterschrift")
    his.post_form(here)
    session.refresh(part)
    assert part.on_paper_at is None
    assert part.confirmed_at is not None
    his.post_form(f"{here}/unterschrift")
    session.refresh(part)
    assert part.confirmed_at is None


def test_an_open_part_is_not_signed(session, browse, oksana, danylo):
    _, given = make.shared(session, oksana, DANYLO)
    given.citizen, given.opened_at = danylo, clock.now()
    session.commit()
    assert browse(danylo).post_form(f"/antraege/teil/{given.id}/unterschrift").status_code == 422


def test_the_office_notes_a_sheet_that_came_by_post(
    session, client, jana, his, hers, here, part, oksana
):
    """Given a sheet that is awaited, when it lies in the post, then the office says so, once."""
    his.post_form(f"{here}/unterschrift")
    finish_and_send(session, hers, part, oksana)
    client.sign_in(jana)
    address = f"/amt/antraege/{part.application_id}"
    page = client.get(address).text
    session.refresh(part)
    assert f"Prüfsumme {part.paper_sha256[:12]}" in page
    assert "Blatt von Danylo ist da" in page
    for _ in range(2):
        assert client.post_form(f"{address}/teile/{part.id}/blatt").location == address
    assert "Das Blatt kam am" in client.get(address).text
    assert "Ihre Unterschrift liegt vor" in his.get(here).text
    deeds = session.scalars(select(Event.deed).where(Event.deed.like("%sheet_came"))).all()
    assert deeds == ["applications.part_sheet_came"]
    other = client.post_form(f"{address}/teile/{uuid.uuid4()}/blatt")
    assert other.status_code == 404


def test_the_office_sees_all_of_his_papers(session, client, jana, his, hers, here, part, oksana):
    his.post_form(f"{here}/unterschrift")
    hand_in(his, f"{here}/unterlagen/unterschrift", width=500)
    hand_in(his, f"{here}/unterlagen/{HEALTH}")
    finish_and_send(session, hers, part, oksana)
    client.sign_in(jana)
    page = client.get(f"/amt/antraege/{part.application_id}").text
    assert "Attest von Danylo" in page
    assert "Unterschriebenes Blatt von Danylo" in page


def test_how_many_questions_the_papers_of_a_part_ask(his, here):
    his.get(f"{here}/unterlagen")
    with counted_queries() as before:
        his.get(f"{here}/unterlagen")
    hand_in(his, f"{here}/unterlagen/{SCHOOL}")
    hand_in(his, f"{here}/unterlagen/{SCHOOL}", width=500)
    his.get(f"{here}/unterlagen")
    with counted_queries() as after:
        his.get(f"{here}/unterlagen")
    assert len(after) <= len(before) + 2  # pages of documents, once for all


def test_a_part_is_not_there_for_others(session, browse, here, part):
    other = browse(accounts.citizen(session))
    for address in ("unterlagen", f"unterlagen/{SCHOOL}", "unterschrift.pdf"):
        assert other.get(f"{here}/{address}").status_code == 404
    assert other.post_form(f"{here}/unterschrift").status_code == 404
    assert session.get(OwnPart, part.id).on_paper_at is None
