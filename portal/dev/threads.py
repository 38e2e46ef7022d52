"""Messages of the demo office: one that waits, one answered, one late, one turned into a task."""

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.models import Citizen
from portal.casefiles.models import CaseMember, DocumentKind
from portal.core import clock
from portal.dev.stage import Office
from portal.messages import blocks, queries, rules, service, turning
from portal.messages.models import Thread, Topic

LAND = "HE"

_LONG_AGO = (
    (Topic.MONEY, "Frage zur Miete", "Meine Miete steigt ab Januar. Was brauchen Sie von mir?"),
    (Topic.WORK, "Kurs ab Februar", "Ich habe einen Platz im Deutschkurs. Geht das?"),
    (Topic.OTHER, "Neue Telefonnummer", "Meine neue Nummer ist 0151 0000777."),
    (Topic.MONEY, "Kein Geld auf dem Konto", "Es ist kein Geld da, und die Miete ist fällig."),
)
_BLOCKS = (
    ("Begrüßung", "Guten Tag {{ name }},", False),
    ("Rückfragen", "Haben Sie Fragen? Sie erreichen mich unter {{ mein_telefon }}.", True),
    ("Unterlagen", "Sie können Unterlagen hier im Portal abgeben, auch als Foto.", True),
)


def fill(office: Office) -> None:
    """Let a few people write; some are answered, one is asked for a paper."""
    people = office.session.scalars(
        select(Citizen)
        .join(CaseMember, CaseMember.citizen_id == Citizen.id)
        .order_by(Citizen.number)
        .limit(len(_LONG_AGO))
    ).all()
    begun = [
        service.begin(
            office.session,
            topic=topic,
            subject=subject,
            text=text,
            by=citizen,
            land=LAND,
            now=office.ago(days=6 - number, hours=2),
        )
        for number, (citizen, (topic, subject, text)) in enumerate(
            zip(people, _LONG_AGO, strict=True)
        )
    ]
    _answer(office, begun[0])
    _ask(office, begun[1])
    _write_blocks(office)


def _answer(office: Office, thread: Thread) -> None:
    officer = rules.officer_of(thread) or office.staff[0]
    now = office.ago(days=4)
    service.note_seen(office.session, thread=thread, by=officer, now=now)
    service.remark(
        office.session, thread=thread, text="Obergrenze für zwei prüfen.", by=officer, now=now
    )
    service.answer(
        office.session,
        thread=thread,
        by=officer,
        land=LAND,
        text="Bitte schicken Sie uns das Schreiben des Vermieters.",
        reply_by=clock.local_date(office.now) + timedelta(days=5),
        now=now,
    )


def _ask(office: Office, thread: Thread) -> None:
    found = queries.thread_for(office.session, thread.id, asker=thread.citizen)
    turning.ask_for_paper(
        office.session,
        thread=found,
        kind=DocumentKind.ENROLMENT,
        why="Damit wir die Fahrkosten übernehmen können.",
        due_on=clock.local_date(office.now) + timedelta(days=14),
        by=rules.officer_of(found) or office.staff[0],
        land=LAND,
        now=office.ago(days=3),
    )


def _write_blocks(office: Office) -> None:
    lead = next(one for one in office.staff if one.last_name == "Hoffmann")
    for name, text, for_team in _BLOCKS:
        blocks.add(office.session, name=name, text=text, for_team=for_team, by=lead, now=office.now)
