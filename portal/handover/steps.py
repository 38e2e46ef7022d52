"""The table of all hand-overs: what goes where, how long it may take, what happens then.

No step fails in silence. While a thing is on its way, its page says so; when the time is up, an
item stands in the inbox of a team, and it goes away by itself when nothing hangs any more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from portal.core import clock, working_days
from portal.handover import queries
from portal.handover.queries import Late

_SPACE = UUID("5c0d9c5e-6b1e-4c37-9f5e-8b7a5d7f6f10")

Question = Callable[[Session, datetime, UUID | None], Sequence[Late]]


@dataclass(frozen=True)
class HandOver:
    """One step. `limit` counts hours, `days` working days; one of them is set.

    `shown` says where its state can be seen meanwhile, `fallback` what happens when it takes too
    long. `opens_item` is False for what the inbox itself looks after.
    """

    name: str
    title: LazyString
    shown: LazyString
    fallback: LazyString
    late: Question
    limit: timedelta = timedelta()
    days: int = 0
    endpoint: str | None = None
    opens_item: bool = True

    def before(self, now: datetime, *, land: str) -> datetime:
        """Return the moment before which a thing must have come in to be late now."""
        if not self.days:
            return now - self.limit
        day = _days_back(clock.local_date(now), self.days, land=land)
        return datetime.combine(day, time.min, clock.BERLIN)

    def item_id(self, team_id: UUID) -> UUID:
        """Return the subject of the item of a team: one for each step, however much hangs."""
        return uuid5(_SPACE, f"{self.name} {team_id}")


def _days_back(day: date, days: int, *, land: str) -> date:
    while days:
        day -= timedelta(days=1)
        days -= working_days.is_working_day(day, land=land)
    return day


_HOUR = timedelta(hours=1)

STEPS = (
    HandOver(
        "stored",
        _("Abgabe gespeichert und quittiert"),
        _("Person: Quittung bei den Unterlagen"),
        _("Auftrag alle 10 Minuten neu, dann prüft das Team"),
        queries.without_receipt,
        limit=_HOUR,
    ),
    HandOver(
        "scanned",
        _("Unterlage auf Viren geprüft"),
        _("Person: „Eingegangen“, Amt: „Virenprüfung steht aus“"),
        _("Prüfung alle 2 Minuten neu, dann Hinweis an die Technik"),
        queries.unscanned,
        limit=_HOUR,
        endpoint="staff_casefiles.document",
    ),
    HandOver(
        "prepared",
        _("Unterlage lesbar in der Akte"),
        _("Person: „Eingegangen“, Amt: Unterlage ohne Bild"),
        _("Auftrag alle 10 Minuten neu, dann Original ansehen"),
        queries.unprepared,
        limit=_HOUR,
        endpoint="staff_casefiles.document",
    ),
    HandOver(
        "sorted",
        _("Scan der Poststelle geöffnet"),
        _("Amt: Seite Post"),
        _("Auftrag alle 15 Minuten neu, dann Scan von Hand öffnen"),
        queries.unsorted_scans,
        limit=_HOUR,
        endpoint="staff_intake.scan",
    ),
    HandOver(
        "seen",
        _("Vorgang angesehen"),
        _("Person: Stand des Antrags, Amt: Eingang"),
        _("Der Eingang gibt weiter: Vertretung, dann Teamleitung"),
        queries.unseen_items,
        days=3,
        opens_item=False,
    ),
    HandOver(
        "decided",
        _("Antrag im Eingang bis zur Entscheidung"),
        _("Person: Stand des Antrags"),
        _("Antrag öffnen und übernehmen"),
        queries.forgotten_applications,
        limit=_HOUR,
        endpoint="staff_applications.show",
    ),
    HandOver(
        "filed",
        _("Brief geschrieben und in der Akte"),
        _("Amt: „Wird geschrieben“ bei den Briefen"),
        _("Auftrag alle 10 Minuten neu, dann Brief neu schreiben"),
        queries.unfiled_letters,
        limit=_HOUR,
        endpoint="staff_postbox.show",
    ),
    HandOver(
        "notified",
        _("Nachricht an den Mailserver oder SMS-Dienst übergeben"),
        _("Amt: Zustellung des Briefs, Person: beim Anmelden"),
        _("8 Versuche in 2 Tagen, dann Person anders erreichen"),
        queries.unsent_messages,
        limit=timedelta(hours=24),
    ),
    HandOver(
        "bounced",
        _("Zurückgekommene Nachricht dem Amt gemeldet"),
        _("Person: „Eine Nachricht kam nicht an“, Amt: „Nicht angekommen“"),
        _("Person anders erreichen; ein Brief wird gedruckt"),
        queries.untold_bounces,
        limit=_HOUR,
    ),
    HandOver(
        "printed",
        _("Brief gedruckt und zur Post gegeben"),
        _("Amt: Druckliste und Zustellung des Briefs"),
        _("Heute drucken und einwerfen"),
        queries.unposted_letters,
        days=2,
        endpoint="staff_postbox.show",
    ),
    HandOver(
        "queued",
        _("Auftrag der Warteschlange erledigt"),
        _("Technik: /metrics"),
        _("Grund im Protokoll der Technik suchen, Auftrag neu starten"),
        queries.failed_jobs,
        limit=_HOUR,
    ),
)
