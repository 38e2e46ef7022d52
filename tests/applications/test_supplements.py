"""What is added to a sent application: a supplement, never an overwrite."""

import io
import uuid
from copy import deepcopy
from datetime import timedelta

import pikepdf
import pytest
import yaml
from sqlalchemy import func, select, update
from sqlalchemy.exc import ProgrammingError

from portal.accounts.models import Power, RepresentationKind, Role
from portal.applications import (
    amending,
    correction_queries,
    jobs,
    known,
    queries,
    service,
    shelf,
    supplement_shown,
    supplements,
    wording,
)
from portal.applications.amending import Change
from portal.applications.models import Outcome, Supplement
from portal.applications.places import LATER, Place
from portal.audit import queries as audit
from portal.core import clock
from portal.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.core.vault import service as vault
from portal.inbox.models import ItemKind, WorkItem
from portal.notifications import queries as notifications
from tests.factories import applications as make
from tests.factories import representation
from tests.factories.accounts import citizen, staff_member

NOW = clock.now()
OTHER_ACCOUNT = {
    "bank_changed": True,
    "iban": "DE02120300000000202051",
    "account_holder": "Oksana Kovalenko",
}
LATER_FORM = {
    "form": "rent",
    "version": 1,
    "valid_from": "2026-07-01",
    "legal_basis": "§ 22 SGB II",
    "minutes": 1,
    "title": {"de": "Miete", "en": "Rent"},
    "purpose": {"de": "Für die Miete", "en": "For the rent"},
    "sections": [
        {
            "id": "rent",
            "title": {"de": "Miete", "en": "Rent"},
            "why": {"de": "Darum", "en": "Because"},
            "pages": [
                {
                    "id": "miete",
                    "title": {"de": "Wie hoch ist die Miete?", "en": "How much is the rent?"},
                    "questions": [
                        {
                            "id": "rent",
                            "type": "money",
                            "label": {"de": "Miete", "en": "Rent"},
                            "later": True,
                        },
                        {
                            "id": "rooms",
                            "type": "number",
                            "label": {"de": "Zimmer", "en": "Rooms"},
                            "minimum": 1,
                            "maximum": 20,
                        },
                    ],
                }
            ],
        }
    ],
}


def job(number):
    """Return one row of the list of jobs."""
    values = {
        "job_person": "Oksana",
        "job_employer": "Bäckerei",
        "job_kind": "mini",
        "job_varies": False,
        "job_gross": "500.00",
        "job_net": "450.00",
        "job_paid_in": "same",
    }
    return {f"{id}@{number}": value for id, value in values.items()}


JOB = {"income_kinds": ["job"], "expense_kinds": ["none"]} | job(1)


@pytest.fixture
def me(session):
    return citizen(session, first_name="Oksana", last_name="Kovalenko")


@pytest.fixture
def officer(session):
    return staff_member(session, Role.BENEFIT_OFFICER)


@pytest.fixture
def sent(session, me, officer):
    made = make.sent(session, me)
    made.case.team = officer.team
    session.flush()
    return made


def open_items(session, kind):
    found = select(WorkItem).where(WorkItem.kind == kind, WorkItem.closed_at.is_(None))
    return session.scalars(found.order_by(WorkItem.opened_at)).all()


def now_of(session, application):
    return queries.sheet_now(session, application=application)


# What was sent stays, what counts changes


def test_a_supplement_overwrites_nothing(session, me, sent):
    before, hash_before = deepcopy(sent.sent_answers), sent.content_sha256
    made = make.supplemented(session, sent, me, {"assets_accounts": "480.00"})
    assert made.number == 1
    assert sent.sent_answers == before
    assert sent.content_sha256 == hash_before
    assert queries.sheet_of(session, application=sent).answer("assets_accounts") == "320.50"
    assert now_of(session, sent).answer("assets_accounts") == "480.00"


def test_supplements_apply_in_order(session, me, sent):
    make.supplemented(session, sent, me, {"assets_accounts": "480.00"})
    second = make.supplemented(session, sent, me, {"assets_accounts": "100.00"})
    assert second.number == 2
    assert second.changes == [
        {"place": ["assets_accounts", None, None], "before": "480.00", "after": "100.00"}
    ]
    assert now_of(session, sent).answer("assets_accounts") == "100.00"
    told = supplement_shown.history(
        wording.german(),
        queries.sheet_of(session, application=sent),
        queries.supplements_to(session, ids=[sent.id])[sent.id],
    )
    assert [one.rows[0].before for one in told] == ["320,50\xa0€", "480,00\xa0€"]
    note = supplement_shown.notes(told)[Place("assets_accounts")]
    assert "durch Nachtrag 2, vorher: 480,00" in note


def test_an_answer_that_falls_away_stands_in_the_supplement(session, me):
    """Given a job; when there is none any more, the job is listed as gone, and stays as sent."""
    sent = make.sent(session, me, JOB)
    made = make.supplemented(session, sent, me, {"income_kinds": ["none"]})
    gone = {one["place"][0]: one["after"] for one in made.changes}
    assert gone["job_employer"] is None
    assert now_of(session, sent).answer("job_employer", make.row(1)) is None
    assert "job_employer" in str(sent.sent_answers)


def test_sending_waits_for_what_a_change_newly_asks(session, me, sent):
    filled = queries.filled_for(session, sent.id, asker=me)
    answers = {Place("income_kinds"): ["job"]}
    written = supplements.keep(session, filled=filled, round=None, answers=answers, by=me, now=NOW)
    assert written.gaps
    with pytest.raises(InvalidInput, match="fragen wir noch"):
        supplements.send(
            session, filled=filled, round=None, key=uuid.uuid4(), words=None, by=me, now=NOW
        )


def test_nothing_changed_is_not_sent(session, me, sent):
    with pytest.raises(InvalidInput, match="noch nichts geändert"):
        make.supplemented(session, sent, me, {"assets_accounts": "320.50"})


def test_a_second_click_is_the_same_supplement(session, me, sent):
    filled = queries.filled_for(session, sent.id, asker=me)
    given = {"filled": filled, "round": None, "by": me, "now": NOW}
    supplements.keep(session, **given, answers={Place("assets_accounts"): "1.00"})
    key = uuid.uuid4()
    first = supplements.send(session, **given, key=key, words=None)
    again = supplements.send(session, **given, key=key, words="anders")
    assert first.id == again.id
    assert session.scalar(select(func.count()).select_from(Supplement)) == 1


def test_the_hash_covers_number_changes_and_application(session, me, sent):
    made = make.supplemented(session, sent, me, {"assets_accounts": "480.00"}, words="Weil")
    assert made.content_sha256 == supplements.content_hash(sent, made)
    other = Supplement(number=1, changes=made.changes, words="Darum")
    assert made.content_sha256 != supplements.content_hash(sent, other)


def test_the_database_keeps_a_sent_supplement(session, me, sent):
    made = make.supplemented(session, sent, me, {"assets_accounts": "480.00"})
    session.flush()
    for changed in ({"changes": []}, {"words": "anders"}, {"number": 9}):
        with pytest.raises(ProgrammingError, match="does not change"), session.begin_nested():
            session.execute(update(Supplement).where(Supplement.id == made.id).values(**changed))


def test_decided_or_withdrawn_takes_no_supplement(session, me, officer, sent):
    filled = queries.filled_for(session, sent.id, asker=me)
    given = {"filled": filled, "round": None, "by": me, "now": NOW}
    supplements.keep(session, **given, answers={Place("assets_accounts"): "1.00"})
    seen = queries.application_for(session, sent.id, asker=officer)
    service.take_into_review(session, application=seen, by=officer, now=NOW)
    service.decide(
        session, application=seen, outcome=Outcome.GRANTED, note=None, by=officer, now=NOW
    )
    with pytest.raises(Conflict, match="abgeschlossen"):
        supplements.send(session, **given, key=uuid.uuid4(), words=None)
    assert correction_queries.draft_of(session, application=sent, round=None) is None


def test_a_draft_takes_no_supplement(session, me):
    draft = make.draft(session, me)
    filled = queries.filled_for(session, draft.id, asker=me)
    with pytest.raises(Conflict):
        supplements.keep(
            session, filled=filled, round=None, answers={Place("moved"): True}, by=me, now=NOW
        )


def test_a_forged_place_changes_nothing(session, me, sent):
    filled = queries.filled_for(session, sent.id, asker=me)
    given = {"filled": filled, "round": None, "by": me, "now": NOW}
    with pytest.raises(Conflict):
        supplements.keep(session, **given, answers={Place("nichts"): "x"})
    assert correction_queries.draft_of(session, application=sent, round=None) is None


def test_a_helper_does_not_redirect_the_money(session, me, sent):
    me.act_through(
        representation.representation(
            session,
            principal=me,
            representative=citizen(session),
            kind=RepresentationKind.HELPER,
            powers=[Power.SEE, Power.FILL_IN, Power.SEND],
        )
    )
    with pytest.raises(NotAllowed, match="muss es selbst senden"):
        make.supplemented(session, sent, me, OTHER_ACCOUNT)


# Lists


def test_rows_are_added_and_removed(session, me):
    sent = make.sent(session, me, JOB)
    make.supplemented(session, sent, me, job(2))
    sheet = now_of(session, sent)
    group = sheet.form.columns["job_employer"][0]
    assert sheet.rows(group) == (make.row(1), make.row(2))
    make.supplemented(session, sent, me, {f"{one.id}@1": None for one in group.questions})
    assert now_of(session, sent).rows(group) == (make.row(2),)
    assert queries.sheet_of(session, application=sent).rows(group) == (make.row(1),)


def test_a_list_does_not_grow_beyond_its_limit(session, me):
    sent = make.sent(session, me, JOB)
    many = {key: value for number in range(2, 23) for key, value in job(number).items()}
    with pytest.raises(InvalidInput, match="höchstens 20"):
        make.supplemented(session, sent, me, many)


# What was left for later


def test_what_was_left_for_later_comes_as_a_supplement(session, me):
    form = shelf.read(yaml.safe_dump(LATER_FORM), {})
    draft = service.begin(session, definition=form, by=me, now=NOW)
    filled = queries.filled_for(session, draft.id, asker=me)
    answers = {Place("rent"): LATER, Place("rooms"): 2}
    service.save_answers(session, filled=filled, answers=answers, by=me, now=NOW)
    sent = service.submit(session, application=draft, key=uuid.uuid4(), by=me, now=NOW)
    assert now_of(session, sent).left_for_later == (Place("rent"),)
    made = make.supplemented(session, sent, me, {"rent": "412.50"})
    assert made.changes == [{"place": ["rent", None, None], "before": LATER, "after": "412.50"}]
    assert now_of(session, sent).left_for_later == ()
    told = supplement_shown.history(
        wording.german(), queries.sheet_of(session, application=sent), [made]
    )
    assert (told[0].rows[0].before, told[0].rows[0].after) == ("Reiche ich nach", "412,50\xa0€")


# What the office sees


def test_the_office_gets_an_item_and_puts_it_away(session, me, officer, sent):
    made = make.supplemented(session, sent, me, {"assets_accounts": "480.00"})
    [item] = open_items(session, ItemKind.SUPPLEMENT)
    assert (item.subject_id, item.reason) == (
        made.id,
        "Nachtrag 1, von der Person selbst gesendet.",
    )
    supplements.mark_seen(session, supplement=made, by=officer, now=NOW)
    supplements.mark_seen(session, supplement=made, by=officer, now=NOW + timedelta(days=1))
    assert open_items(session, ItemKind.SUPPLEMENT) == []
    events = audit.events_about(session, kind="supplement", id=made.id)
    assert sorted(event.deed for event in events) == [
        "applications.supplement_seen",
        "applications.supplement_sent",
    ]


def test_the_mail_says_nothing_of_the_matter(session, me, sent):
    make.supplemented(session, sent, me, {"assets_accounts": "480.00"}, words="Geheim")
    mail = notifications.latest_messages(session, address=me.address, limit=1)[0]
    assert mail.subject == "Ihr Nachtrag ist angekommen"
    assert "480" not in mail.text
    assert "Geheim" not in mail.text


def test_the_next_application_knows_the_supplement(session, me, sent):
    place = Place("city")
    make.supplemented(session, sent, me, {"city": "Gießen"})
    found = known.answers(session, form=make.form(), citizen=me, now=NOW)
    assert found[place].value == "Gießen"


def test_the_receipt_lists_each_change(session, me, sent):
    made = make.supplemented(session, sent, me, {"assets_accounts": "480.00"}, words="Neu")
    jobs.write_supplement_receipt(session, now=clock.now(), supplement_id=str(made.id))
    jobs.write_supplement_receipt(session, now=clock.now(), supplement_id=str(made.id))
    receipt = queries.receipt_document(session, made.receipt_document_id, asker=me)
    assert receipt.title == f"Eingangsbestätigung Nachtrag 1 zu {sent.number}"
    pdf = pikepdf.open(io.BytesIO(vault.read(session, receipt.served_file_id)))
    assert pdf.Root.MarkInfo.Marked
    code = str(jobs.supplement_code(made))
    assert "QR-Code" in code


def test_somebody_else_finds_nothing(session, me, sent):
    other = citizen(session)
    made = make.supplemented(session, sent, me, {"assets_accounts": "480.00"})
    with pytest.raises(NotFound):
        correction_queries.supplement_for(session, made.id, asker=other)


def test_changes_read_as_they_were_written():
    place = Place("a", uuid.uuid4(), uuid.uuid4())
    change = Change(place, None, ["b"])
    assert amending.read([change.written()]) == (change,)
