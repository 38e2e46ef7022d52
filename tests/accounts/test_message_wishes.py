"""The one page on which somebody chooses way, language and times of messages."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.message_wishes import Lead, MessageWish, Route, addresses_of, leads_of
from portal.accounts.models import Citizen
from portal.accounts.service import wishing
from portal.audit.models import Event
from portal.core.errors import InvalidInput
from portal.notifications.topics import Topic
from portal.representation import letters
from tests.client import PortalClient
from tests.factories import accounts, representation

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
MAIL, NUMBER = "oksana@example.org", "+4915123456789"
PAGE = "/konto/nachrichten"


def person(session: Session, **fields: object) -> Citizen:
    return accounts.citizen(session, **{"email": MAIL, "mobile": NUMBER, **fields})


def test_choosing_everything(client: PortalClient, session: Session) -> None:
    oksana = person(session)
    session.commit()
    client.sign_in(oksana)
    assert "Wie möchten Sie Nachrichten bekommen?" in client.get(PAGE).text
    answer = client.post_form(
        PAGE, {"route": "both", "language": "en", "leads": ["week", "two_hours"]}
    )
    assert answer.status_code == 302
    session.refresh(oksana)
    wish = queries.message_wish_of(session, oksana)
    assert wish is not None
    assert (wish.route, wish.leads, oksana.language) == (Route.BOTH, ["week", "two_hours"], "en")
    assert client.get(PAGE).text.count("checked") == 7  # three topics go the way of the rest
    [event] = session.scalars(select(Event).where(Event.deed == "accounts.messages_wished"))
    assert event.facts["leads"] == ["week", "two_hours"]


def test_no_reminders_is_a_choice_too(client: PortalClient, session: Session) -> None:
    oksana = person(session)
    session.commit()
    client.sign_in(oksana)
    client.post_form(PAGE, {"route": "sms", "language": "de"})
    wish = queries.message_wish_of(session, oksana)
    assert wish is not None
    assert leads_of(wish.leads) == frozenset()
    client.post_form(PAGE, {"route": "mail", "language": "de", "leads": ["day"]})
    wish = queries.message_wish_of(session, oksana)
    assert wish is not None
    assert leads_of(wish.leads) == {Lead.DAY}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mobile": None}, "Wir schreiben Ihnen eine E-Mail an oksana@example.org."),
        ({"email": None}, "Wir schreiben Ihnen eine SMS an +4915123456789."),
        ({"email": None, "mobile": None}, "Wir haben keine Adresse von Ihnen."),
    ],
)
def test_where_there_is_no_choice_none_is_asked(
    client: PortalClient, session: Session, fields: dict[str, None], said: str
) -> None:
    oksana = person(session, **fields)
    session.commit()
    client.sign_in(oksana)
    page = client.get(PAGE).text
    assert said in page
    assert "Wie möchten Sie" not in page
    assert 'href="/konto/adresse"' in page
    assert client.post_form(PAGE, {"language": "de", "leads": ["day"]}).status_code == 302


@pytest.mark.parametrize(
    "bad",
    [
        {"route": "pigeon", "language": "de"},
        {"route": "mail", "language": "tlh"},
        {"route": "mail", "language": "de", "leads": ["a_year"]},
        {"route": "mail"},
        {"language": "de"},
    ],
)
def test_what_is_no_choice_changes_nothing(
    client: PortalClient, session: Session, bad: dict[str, object]
) -> None:
    oksana = person(session)
    session.commit()
    client.sign_in(oksana)
    assert client.post_form(PAGE, bad).status_code == 422
    assert session.scalars(select(MessageWish)).all() == []


def test_who_acts_for_another_chooses_for_themselves(
    client: PortalClient, session: Session
) -> None:
    """The account is the own one, whomever somebody acts for."""
    found = representation.representation(session)
    session.commit()
    client.sign_in(found.representative)
    client.post_form("/vertretung/wechseln", {"representation": str(found.id), "next": "/"})
    client.post_form(PAGE, {"language": "de", "leads": []})
    [wish] = session.scalars(select(MessageWish))
    assert wish.citizen_id == found.representative_id


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (None, (MAIL,)),
        (Route.MAIL, (MAIL,)),
        (Route.SMS, (NUMBER,)),
        (Route.BOTH, (MAIL, NUMBER)),
    ],
)
def test_the_way_is_taken(session: Session, route: Route | None, expected: tuple[str, ...]) -> None:
    oksana = person(session)
    wish = MessageWish(citizen_id=oksana.id, route=route, leads=[], changed_at=NOW)
    if route:
        session.add(wish)
        session.flush()
    sent = letters.send(
        session,
        citizen=oksana,
        template="letter_waiting",
        now=NOW,
        context={"name": oksana.name, "path": "/postfach"},
    )
    assert tuple(message.address for message in sent) == expected
    only_mail = person(session, email="a@example.org", mobile=None)
    assert addresses_of(only_mail, wish if route else None) == ("a@example.org",)


def test_the_notice_of_a_letter_goes_to_the_address_that_counts(session: Session) -> None:
    """No wish sends the notice of a letter somewhere else: a deadline hangs on it (§ 37 (2a))."""
    oksana = person(session)
    session.add(MessageWish(citizen_id=oksana.id, route=Route.SMS, leads=[], changed_at=NOW))
    session.flush()
    [message] = letters.send(
        session,
        citizen=oksana,
        template="letter_waiting",
        now=NOW,
        context={"name": oksana.name, "path": "/postfach"},
        as_wished=False,
    )
    assert message.address == MAIL


def test_each_topic_can_go_its_own_way(client: PortalClient, session: Session) -> None:
    oksana = person(session)
    session.commit()
    client.sign_in(oksana)
    client.post_form(
        PAGE, {"route": "mail", "appointments": "both", "news": "none", "language": "de"}
    )
    wish = queries.message_wish_of(session, oksana)
    assert addresses_of(oksana, wish, topic=Topic.APPOINTMENTS) == (MAIL, NUMBER)
    assert addresses_of(oksana, wish, topic=Topic.REQUESTS) == (MAIL,)
    assert addresses_of(oksana, wish, topic=Topic.NEWS) == ()
    assert addresses_of(oksana, wish, topic=Topic.LETTERS) == (MAIL,)
    sent = [
        letters.send(
            session,
            citizen=oksana,
            template=template,
            context={"owner": oksana, "path": "/unterlagen", "now": NOW},
            now=NOW,
        )
        for template in ("document_requested", "document_received")
    ]
    assert [len(written) for written in sent] == [1, 0]


def test_what_has_a_date_cannot_stay_in_the_portal(client: PortalClient, session: Session) -> None:
    oksana = person(session)
    session.commit()
    client.sign_in(oksana)
    answer = client.post_form(PAGE, {"route": "mail", "requests": "none", "language": "de"})
    assert answer.status_code == 422
    with pytest.raises(InvalidInput):
        wishing.wish(
            session,
            citizen=oksana,
            route=Route.MAIL,
            leads=[],
            by_topic={Topic.REQUESTS: Route.NONE},
            language="de",
            by=oksana,
            now=NOW,
        )


def test_with_one_address_only_news_can_be_turned_off(
    client: PortalClient, session: Session
) -> None:
    oksana = person(session, mobile=None)
    session.commit()
    client.sign_in(oksana)
    page = client.get(PAGE).text
    assert 'name="news"' in page
    assert 'name="requests"' not in page
