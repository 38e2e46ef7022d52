"""Two devices, two officers, at once: nothing is written twice and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen, StaffMember
from portal.core import clock
from portal.core.db import db
from portal.core.errors import Conflict
from portal.inbox.models import ItemKind, WorkItem
from portal.messages import queries, service
from portal.messages.models import Entry
from tests.factories import accounts
from tests.factories import messages as make

AT_ONCE = 6


def office(app: Flask) -> tuple[UUID, UUID, UUID]:
    """Let Oksana write to Jana; return their ids and that of the thread."""
    with app.test_request_context(base_url=app.config["BASE_URL"]):
        oksana, jana = accounts.citizen(db.session), make.officer(db.session)
        make.case_with(db.session, oksana, jana)
        thread = make.thread(db.session, oksana)
        ids = oksana.id, jana.id, thread.id
        db.session.commit()
    return ids


def at_once(app: Flask, deed: Callable[[Session, int], None]) -> None:
    """Do a deed several times at the same moment, each in a transaction of its own."""

    def one(number: int) -> None:
        with app.test_request_context(base_url=app.config["BASE_URL"]):
            with suppress(Conflict):
                deed(db.session, number)
                db.session.commit()
            db.session.rollback()

    with ThreadPoolExecutor(AT_ONCE) as many:
        list(many.map(one, range(AT_ONCE)))


def written(app: Flask, thread: UUID) -> list[Entry]:
    with app.app_context():
        found = select(Entry).where(Entry.thread_id == thread).order_by(Entry.position)
        return list(db.session.scalars(found))


def test_six_clicks_with_one_key_are_one_message(committed_app: Flask) -> None:
    oksana_id, _, thread_id = office(committed_app)
    key = uuid4()

    def click(session: Session, _: int) -> None:
        oksana = session.get_one(Citizen, oksana_id)
        thread = queries.thread_for(session, thread_id, asker=oksana, lock=True)
        given = {"thread": thread, "text": "Hallo", "key": key, "by": oksana, "land": "HE"}
        service.reply(session, **given, now=clock.now())

    at_once(committed_app, click)
    assert [one.text for one in written(committed_app, thread_id)][1:] == ["Hallo"]


def test_six_messages_at_once_all_stand_there_with_one_open_item(committed_app: Flask) -> None:
    oksana_id, _, thread_id = office(committed_app)

    def write(session: Session, number: int) -> None:
        oksana = session.get_one(Citizen, oksana_id)
        thread = queries.thread_for(session, thread_id, asker=oksana, lock=True)
        given = {"thread": thread, "by": oksana, "land": "HE", "now": clock.now()}
        service.reply(session, text=f"Nummer {number}", **given)

    at_once(committed_app, write)
    texts = {one.text for one in written(committed_app, thread_id)}
    assert {f"Nummer {number}" for number in range(AT_ONCE)} <= texts
    with committed_app.app_context():
        items = db.session.scalars(select(WorkItem).where(WorkItem.kind == ItemKind.MESSAGE)).all()
        assert [one.closed_at for one in items] == [None]


def test_an_answer_and_a_new_message_at_once_leave_the_item_as_the_last_one_says(
    committed_app: Flask,
) -> None:
    oksana_id, jana_id, thread_id = office(committed_app)

    def write(session: Session, number: int) -> None:
        by: Citizen | StaffMember
        if number % 2:
            by = session.get_one(StaffMember, jana_id)
            thread = queries.thread_for(session, thread_id, asker=by, lock=True)
            service.answer(
                session, thread=thread, text="Am Montag.", by=by, land="HE", now=clock.now()
            )
        else:
            by = session.get_one(Citizen, oksana_id)
            thread = queries.thread_for(session, thread_id, asker=by, lock=True)
            service.reply(session, thread=thread, text="Und?", by=by, land="HE", now=clock.now())

    at_once(committed_app, write)
    entries = written(committed_app, thread_id)
    assert [one.position for one in entries] == list(range(AT_ONCE + 1))
    with committed_app.app_context():
        still_open = db.session.scalars(select(WorkItem).where(WorkItem.closed_at.is_(None))).all()
        assert len(still_open) == (1 if entries[-1].text == "Und?" else 0)
