"""What tests of proposals do: find them, read the stored answer, press one of the two buttons."""

import re

from sqlalchemy import select

from portal.applications.models import Answer
from portal.applications.reading_along import Proposal


def address_of(reading):
    return f"/amt/antraege/mitlesen/{reading.id}"


def stored(session, question="street"):
    return session.execute(
        select(Answer.value, Answer.source, Answer.by_name).where(Answer.question_id == question)
    ).one()


def open_proposals(session):
    return session.scalars(select(Proposal).order_by(Proposal.id)).all()


def decide(browser, draft, answer, page="", **more):
    """Press one of the two buttons of the first proposal on a page."""
    text = browser.get(f"/antraege/{draft.id}{page}").text
    found = re.search(r'<form id="([^"]+)" method="post" action="([^"]+/vorschlag/[^"]+)"', text)
    assert f'form="{found[1]}" name="answer" value="{answer}"' in text
    hidden = re.search(
        r'name="shown" value="([^"]*)">\s*<input type="hidden" name="back" value="([^"]*)"',
        text[found.start() :],
    )
    given = {"answer": answer, "shown": hidden[1], "back": hidden[2]} | more
    return browser.post_form(found[2], given)
