"""May this appointment be called missed? The facts that are known, each with the rule it speaks by.

From 'missed' a cut of the benefit may follow (§ 32 SGB II), so the word is refused while one known
fact speaks against it, and the officer sees which and by what rule. Nothing is decided here: the
check only refuses, it never accuses. Rules carry the day from which they count; the version that
counts is that of the day of the appointment (§ 65a SGB II), and of a period that of the day from
which it runs. Pure: no database, no clock of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from portal.appointments import law
from portal.appointments.law import Period
from portal.appointments.models import BookingFact, FactKind
from portal.core import clock
from portal.core.errors import Conflict


@dataclass(frozen=True)
class Circumstances:
    """What is known about one appointment when somebody wants to say how it ended."""

    starts_at: datetime
    ends_at: datetime
    chosen_by_citizen: bool
    facts: Sequence[BookingFact]
    officer_was_away: bool
    now: datetime
    is_summons: bool = False

    @property
    def day(self) -> date:
        """Return the day of the office on which it was to take place."""
        return clock.local_date(self.starts_at)

    def last(self, *kinds: FactKind) -> BookingFact | None:
        """Return the latest fact of these kinds."""
        found = [fact for fact in self.facts if fact.kind in kinds]
        return max(found, key=lambda fact: fact.at, default=None)

    def on_the_day(self, *kinds: FactKind) -> BookingFact | None:
        """Return the latest fact of these kinds from the day of the appointment."""
        found = [
            fact
            for fact in self.facts
            if fact.kind in kinds and clock.local_date(fact.at) == self.day
        ]
        return max(found, key=lambda fact: fact.at, default=None)

    @property
    def made_known(self) -> date | None:
        """Return the day on which the summons counts as made known; what was said last counts."""
        last = self.last(FactKind.SUMMONED, FactKind.NOT_DELIVERED)
        return last.day if last is not None and last.kind == FactKind.SUMMONED else None

    @property
    def was_summoned(self) -> bool:
        """Tell whether this was a summons with legal consequences (§ 59 SGB II)."""
        return self.is_summons or self.last(FactKind.SUMMONED) is not None


@dataclass(frozen=True)
class Finding:
    """One fact as the officer reads it: what is so, by which rule, and on which side it speaks.

    `valid_from` names the version of the rule: the day from which it counts.
    """

    key: str
    text: LazyString | str
    rule: str
    valid_from: date
    speaks_against: bool

    @property
    def cited(self) -> str:
        """Return the rule with its version, in words."""
        return str(
            gettext(
                "%(rule)s, gilt seit %(day)s", rule=self.rule, day=f"{self.valid_from:%d.%m.%Y}"
            )
        )


@dataclass(frozen=True)
class Rule:
    """One question of the check, with its source and the days on which it counts."""

    key: str
    source: str
    valid_from: date
    ask: Callable[[Circumstances], tuple[bool, LazyString | str] | None]
    valid_until: date | None = None

    def counts_on(self, day: date) -> bool:
        """Tell whether this version of the rule counts on `day`."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


Answer = tuple[bool, LazyString | str] | None

_ALWAYS = date(2005, 1, 1)  # SGB II
_REFORM = date(2026, 7, 1)  # § 32 SGB II: old law for what was missed before (§ 65a SGB II)


def _freely_chosen(known: Circumstances) -> Answer:
    if known.was_summoned:
        return False, _("Zu diesem Termin wurde mit einer Meldeaufforderung geladen.")
    if known.chosen_by_citizen:
        return False, _(
            "Diesen Termin hat die Bürgerin oder der Bürger selbst ausgesucht. "
            "Das Fernbleiben hat keine Rechtsfolgen."
        )
    return False, _(
        "Zu diesem Termin wurde ohne Rechtsfolgen eingeladen. Das Fernbleiben hat keine."
    )


def _delivered(known: Circumstances) -> Answer:
    if not known.was_summoned:
        return _message_arrived(known)
    last = known.last(FactKind.SUMMONED, FactKind.NOT_DELIVERED)
    if last is None:
        return True, _("Es ist nicht belegt, wann die Ladung bekannt gegeben wurde.")
    made_known = known.made_known
    if made_known is None:
        return True, _("Der Brief mit der Ladung ist nicht angekommen: %(text)s", text=last.text)
    if made_known >= known.day:
        return True, _(
            "Die Ladung gilt erst am %(day)s als bekannt gegeben, nicht vor dem Tag des Termins.",
            day=f"{made_known:%d.%m.%Y}",
        )
    return False, _(
        "Die Ladung gilt seit dem %(day)s als bekannt gegeben.", day=f"{made_known:%d.%m.%Y}"
    )


def _long_enough_before(version: Period, known: Circumstances) -> Answer:
    made_known = known.made_known
    if made_known is None or made_known >= known.day:
        return None  # `_delivered` says it
    if law.period(law.SUMMONS_LEAD, made_known) != version:
        return None
    earliest = law.earliest_summons(made_known)
    if known.day < earliest:
        return True, _(
            "Die Ladung kam zu kurz vor dem Termin. Bei Bekanntgabe am %(day)s war der früheste "
            "Tag der %(earliest)s.",
            day=f"{made_known:%d.%m.%Y}",
            earliest=f"{earliest:%d.%m.%Y}",
        )
    return False, _("Zwischen Bekanntgabe und Termin lag genug Zeit.")


def _message_arrived(known: Circumstances) -> Answer:
    lost = known.last(FactKind.NOT_DELIVERED)
    return (True, lost.text) if lost else None


def _same_day(known: Circumstances) -> Answer:
    if not known.was_summoned or clock.local_date(known.now) > known.day:
        return None
    return True, _(
        "Der Tag ist noch nicht um: Wer sich am selben Tag zu einer anderen Zeit meldet, hat sich "
        "gemeldet, wenn der Zweck erreicht wird."
    )


def _was_there(known: Circumstances) -> Answer:
    seen = known.on_the_day(FactKind.WAITED)
    if seen is None:
        return None
    return True, _("Um %(hour)s Uhr im Warteraum: %(text)s", hour=_hour(seen.at), text=seen.text)


def _tried(known: Circumstances) -> Answer:
    tried = known.on_the_day(FactKind.TRIED_TO_JOIN, FactKind.CONNECTION_FAILED)
    if tried is None:
        return None
    return True, _(
        "Um %(hour)s Uhr versucht, am Gespräch teilzunehmen: %(text)s",
        hour=_hour(tried.at),
        text=tried.text,
    )


def _got_in_touch(known: Circumstances) -> Answer:
    contact = known.on_the_day(FactKind.CONTACT)
    if contact is None:
        return None
    return True, _(
        "Am selben Tag um %(hour)s Uhr gemeldet: %(text)s",
        hour=_hour(contact.at),
        text=contact.text,
    )


def _important_reason(known: Circumstances) -> Answer:
    last = known.last(FactKind.REASON_GIVEN, FactKind.REASON_ACCEPTED, FactKind.REASON_REFUSED)
    if last is None:
        return None
    if last.kind == FactKind.REASON_GIVEN:
        return True, _(
            "Ein wichtiger Grund ist genannt und noch nicht geprüft: %(text)s", text=last.text
        )
    if last.kind == FactKind.REASON_ACCEPTED:
        return True, _("Ein wichtiger Grund ist anerkannt: %(text)s", text=last.text)
    return False, _(
        "Der genannte Grund wurde geprüft und nicht anerkannt: %(text)s", text=last.text
    )


def _office(known: Circumstances) -> Answer:
    if known.officer_was_away:
        return True, _("Die zuständige Person war zu dieser Zeit als abwesend eingetragen.")
    away = known.on_the_day(FactKind.OFFICE_AWAY)
    if away is None:
        return None
    return True, _("Es lag am Jobcenter: %(text)s", text=away.text)


def _outage(known: Circumstances) -> Answer:
    outage = known.on_the_day(FactKind.OUTAGE)
    if outage is None:
        return None
    return True, _("Die Technik war gestört: %(text)s", text=outage.text)


def _of_both_laws(key: str, old: str, ask: Callable[[Circumstances], Answer]) -> tuple[Rule, ...]:
    """Return a rule of § 32 SGB II in both versions; that of today is not cited by sentence."""
    before = f"{old} SGB II in der Fassung bis 30.06.2026, § 65a SGB II"
    since = "§ 32 SGB II in der Fassung ab 01.07.2026"
    return (
        Rule(key, before, _ALWAYS, ask, _REFORM - timedelta(days=1)),
        Rule(key, since, _REFORM, ask),
    )


def _of_lead() -> tuple[Rule, ...]:
    """Return a rule for each version of the time between letter and appointment."""
    return tuple(
        Rule("lead", one.source, one.valid_from, partial(_long_enough_before, one))
        for one in law.SUMMONS_LEAD
    )


RULES: tuple[Rule, ...] = (
    Rule("free_will", "§ 59 SGB II, § 309 Absatz 2 SGB III", _ALWAYS, _freely_chosen),
    Rule("delivery", "§ 37 Absatz 2 und 2a SGB X", _ALWAYS, _delivered),
    *_of_lead(),
    Rule("same_day", "§ 309 Absatz 3 Satz 2 SGB III", _ALWAYS, _same_day),
    Rule("was_there", "§ 309 Absatz 3 Satz 1 SGB III", _ALWAYS, _was_there),
    *_of_both_laws("tried", "§ 32 Absatz 1 Satz 2", _tried),
    Rule("contact", "§ 309 Absatz 3 Satz 2 SGB III", _ALWAYS, _got_in_touch),
    *_of_both_laws("reason", "§ 32 Absatz 1 Satz 2", _important_reason),
    *_of_both_laws("office", "§ 32 Absatz 1", _office),
    *_of_both_laws("outage", "§ 32 Absatz 1 Satz 2", _outage),
)

OF_THE_LETTER = frozenset({"delivery", "lead"})
"""The rules that ask when a letter came; a later day of delivery changes their answer."""


class SpeaksAgainst(Conflict):
    """A known fact speaks against saying that the appointment was missed."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(
            "„Nicht stattgefunden, ohne Nachricht“ geht nicht: "
            + " ".join(f"{finding.text} ({finding.cited})" for finding in findings),
            field="outcome",
        )
        self.findings = findings


def findings(known: Circumstances, *, rules: Iterable[Rule] = RULES) -> list[Finding]:
    """Return what is known, in the order of the rules, by the law of the day of the appointment."""
    found = []
    for rule in rules:
        answer = rule.ask(known) if rule.counts_on(known.day) else None
        if answer is not None:
            against, text = answer
            found.append(Finding(rule.key, text, rule.source, rule.valid_from, against))
    return found


def check_may_be_missed(known: Circumstances) -> None:
    """Raise `SpeaksAgainst` while one fact speaks against it, naming each with its rule."""
    against = [finding for finding in findings(known) if finding.speaks_against]
    if against:
        raise SpeaksAgainst(against)


def _hour(moment: datetime) -> str:
    return f"{clock.local(moment):%H:%M}"
