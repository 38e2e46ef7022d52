"""When a decision can be changed, issued, released: pure questions about it and the law.

What may follow on what:

    stateDiagram-v2
        [*] --> draft
        draft --> submitted
        draft --> issued
        draft --> discarded
        submitted --> draft
        submitted --> issued
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext, ngettext

from portal.accounts import rules as accounts
from portal.accounts.models import Right, StaffMember
from portal.applications.models import Application, ApplicationState
from portal.core import clock, periods
from portal.core.errors import Conflict, InvalidInput, PortalError
from portal.decisions import law, months
from portal.decisions.models import Decision, DecisionState, Objection, Ruling, WrittenForm
from portal.invitations.models import Hearing, HearingState

TRANSITIONS: dict[DecisionState, frozenset[DecisionState]] = {
    DecisionState.DRAFT: frozenset(
        {DecisionState.SUBMITTED, DecisionState.ISSUED, DecisionState.DISCARDED}
    ),
    DecisionState.SUBMITTED: frozenset({DecisionState.DRAFT, DecisionState.ISSUED}),
    DecisionState.ISSUED: frozenset(),
    DecisionState.DISCARDED: frozenset(),
}


def check_transition(decision: Decision, to: DecisionState) -> None:
    """Raise `Conflict` unless a decision may go there from where it is."""
    if to not in TRANSITIONS[decision.state]:
        raise Conflict(
            gettext(
                "Das geht nicht mehr: Jemand hat diese Entscheidung inzwischen weiterbearbeitet. "
                "Laden Sie die Seite neu."
            )
        )


def check_can_begin(application: Application) -> None:
    """Raise unless an application waits for a decision."""
    if application.state not in {ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW}:
        raise Conflict(
            gettext("Über diesen Antrag ist schon entschieden, oder er ist zurückgezogen.")
        )


def check_can_edit(decision: Decision, *, revision: int | None = None) -> None:
    """Raise unless a decision is still a draft, and the one that was on the page."""
    if decision.state is not DecisionState.DRAFT:
        raise Conflict(
            gettext(
                "Diese Entscheidung liegt zur Freigabe oder ist hinaus. Holen Sie sie zurück, wenn "
                "Sie noch etwas ändern wollen."
            )
        )
    if revision is not None and revision != decision.revision:
        raise Conflict(
            gettext(
                "Jemand hat diese Entscheidung inzwischen geändert. Was Sie getippt haben, steht "
                "noch da. Sehen Sie sich den neuen Stand an und speichern Sie dann noch einmal."
            )
        )


# What a decision must have


def check_complete(
    decision: Decision, *, needs_money: bool, hearing: Hearing | None, today: date
) -> None:
    """Raise `InvalidInput` at the first thing without which a decision cannot go out.

    `needs_money` says that what was applied for is paid by the month: who grants it says how much.
    """
    if decision.ruling is None:
        raise InvalidInput(gettext("Wählen Sie, wie Sie entscheiden."), field="ruling")
    rule = law.RULINGS[decision.ruling]
    if rule.answers_objection != (decision.objection_id is not None):
        raise InvalidInput(gettext("Wählen Sie, wie Sie entscheiden."), field="ruling")
    check_award(decision, needs_money=needs_money)
    if rule.is_warned:
        _check_warned(decision, today=today)
    if rule.letter.value != "interim" and not decision.legal_basis:
        raise InvalidInput(
            gettext("Nennen Sie die Rechtsgrundlage (§ 35 SGB X)."), field="legal_basis"
        )
    _check_reasons(decision, must_write=rule.must_write)
    if decision.is_provisional and not decision.provisional_why:
        raise InvalidInput(
            gettext("Schreiben Sie, warum nur vorläufig entschieden wird (§ 41a Absatz 2 SGB II)."),
            field="provisional_why",
        )
    if rule.is_warned and not decision.discretion:
        raise InvalidInput(
            gettext(
                "Schreiben Sie, was Sie abgewogen haben: § 66 SGB I lässt Ihnen die Wahl (§ 35 "
                "Absatz 1 Satz 3 SGB X)."
            ),
            field="discretion",
        )
    check_heard(decision, hearing=hearing, today=today)


def _check_reasons(decision: Decision, *, must_write: bool) -> None:
    if not decision.blocks and not decision.reasons:
        raise InvalidInput(
            gettext(
                "Ein Bescheid braucht eine Begründung (§ 35 SGB X). Wählen Sie einen Baustein oder "
                "schreiben Sie die Gründe."
            ),
            field="reasons",
        )
    if must_write and not decision.reasons:
        raise InvalidInput(
            gettext(
                "Schreiben Sie, was genau fehlt oder welchen Teil Sie ablehnen. Sonst ist der "
                "Bescheid nicht bestimmt genug (§ 33 Absatz 1 SGB X)."
            ),
            field="reasons",
        )


def check_award(decision: Decision, *, needs_money: bool) -> None:
    """Raise unless period and amounts belong together and to the ruling."""
    ruling = decision.ruling
    gives = ruling is not None and law.RULINGS[ruling].gives
    has_money = bool(decision.amounts) or decision.award_from is not None
    if has_money and not gives:
        raise InvalidInput(
            gettext(
                "Zu dieser Entscheidung gehört kein Geld. Löschen Sie Zeitraum und Beträge, oder "
                "wählen Sie eine andere."
            ),
            field="award_from",
        )
    must = needs_money and ruling in {Ruling.GRANTED, Ruling.PARTLY_GRANTED}
    if must and decision.award_from is None:
        raise InvalidInput(gettext("Geben Sie an, ab wann und bis wann."), field="award_from")
    if (must or decision.award_from) and not decision.amounts:
        raise InvalidInput(
            gettext("Tragen Sie die Beträge aus der Berechnung ein."), field="person_0"
        )
    if decision.amounts and (decision.award_from is None or decision.award_until is None):
        raise InvalidInput(gettext("Geben Sie an, ab wann und bis wann."), field="award_from")
    check_amounts(decision)


def check_amounts(decision: Decision) -> None:
    """Raise unless every amount lies in the award and nobody gets two in one month."""
    twice = months.twice(decision.amounts)
    if twice:
        raise InvalidInput(
            gettext("%(name)s steht für denselben Monat zweimal da.", name=twice), field="person_0"
        )
    first, last = decision.award_from, decision.award_until
    if first is None or last is None:
        return
    for number, one in enumerate(decision.amounts):
        if one.first_month < first.replace(day=1) or one.last_month > last:
            raise InvalidInput(
                gettext("Diese Monate liegen nicht im Bewilligungszeitraum."),
                field=f"first_{number}",
            )


def _check_warned(decision: Decision, *, today: date) -> None:
    """Hold to § 66 (3) SGB I: told in writing of this very consequence, and the period is over."""
    if decision.warned_on is None or decision.warned_until is None:
        raise InvalidInput(
            gettext(
                "Wann wurde die Person schriftlich auf diese Folge hingewiesen, und bis wann hatte "
                "sie Zeit? Ohne das geht es nicht (§ 66 Absatz 3 SGB I)."
            ),
            field="warned_on",
        )
    if decision.warned_until >= today:
        raise InvalidInput(
            gettext("Die Frist ist noch nicht vorbei (§ 66 Absatz 3 SGB I)."), field="warned_until"
        )


def check_heard(decision: Decision, *, hearing: Hearing | None, today: date) -> None:
    """Raise unless somebody was heard before a decision that takes something away (§ 24 SGB X)."""
    if not decision.is_intrusive or decision.no_hearing is not None:
        return
    if hearing is None:
        raise InvalidInput(
            gettext(
                "Wer etwas verliert, wird vorher gehört (§ 24 SGB X). Wählen Sie die Anhörung, "
                "schreiben Sie eine, oder nennen Sie den Grund für eine Ausnahme."
            ),
            field="hearing_id",
        )
    if hearing.state is HearingState.OPEN and hearing.answer_until >= today:
        raise InvalidInput(
            gettext(
                "Die Person kann sich noch bis %(day)s äußern. Warten Sie so lange.",
                day=f"{hearing.answer_until:%d.%m.%Y}",
            ),
            field="hearing_id",
        )


def hints(decision: Decision) -> list[str]:
    """Return what is unusual about a decision but not forbidden."""
    first, last = decision.award_from, decision.award_until
    if first is None or last is None:
        return []
    usual = law.PROVISIONAL_MONTHS if decision.is_provisional else law.USUAL_MONTHS
    count = months.between(first, last)
    found = []
    if count != usual:
        found.append(
            ngettext(
                "Bewilligt wird für einen Monat, üblich sind %(usual)d (§ 41 Absatz 3 SGB II).",
                "Bewilligt wird für %(num)d Monate, üblich sind %(usual)d (§ 41 Absatz 3 SGB II).",
                count,
                usual=usual,
            )
        )
    empty = count - sum(span.count for span in months.spans(decision.amounts))
    if decision.amounts and empty > 0:
        found.append(
            ngettext(
                "Für einen Monat des Zeitraums steht kein Betrag da.",
                "Für %(num)d Monate des Zeitraums steht kein Betrag da.",
                empty,
            )
        )
    return found


# The second person


def release_reasons(decision: Decision, *, today: date) -> list[str]:
    """Return why a second person must look at a decision; nothing for most."""
    rule, found = law.release_rule(today), []
    if months.total(decision.amounts) > rule.total_cents:
        euros = f"{rule.total_cents // 100:,}".replace(",", ".")
        found.append(f"Insgesamt mehr als {euros} Euro.")
    if decision.ruling in rule.rulings:
        found.append("Diese Art der Entscheidung geben immer zwei Personen frei.")
    if rule.is_intrusive and decision.is_intrusive:
        found.append("Es wird etwas weggenommen, was schon bewilligt war.")
    return found


def hands(decision: Decision) -> frozenset[UUID]:
    """Return who had a hand in a decision: none of them releases it."""
    return frozenset({*(UUID(one) for one in decision.editors), decision.prepared_by_id})


def check_can_release(decision: Decision, *, by: StaffMember) -> None:
    """Raise unless a decision waits and `by` may release it and has had no hand in it."""
    check_transition(decision, DecisionState.ISSUED)
    if decision.state is not DecisionState.SUBMITTED:
        raise Conflict(gettext("Diese Entscheidung liegt nicht zur Freigabe."))
    accounts.check(by, Right.RELEASE_DECISIONS)
    if by.id in hands(decision):
        raise Conflict(
            gettext(
                "Sie haben an dieser Entscheidung mitgearbeitet. Freigeben muss sie eine andere "
                "Person."
            )
        )


def can_release(decision: Decision, *, by: StaffMember) -> bool:
    """Tell whether `by` may release the decision or send it back."""
    return holds(lambda: check_can_release(decision, by=by))


def holds(check: Callable[[], None]) -> bool:
    """Tell whether a check passes."""
    try:
        check()
    except PortalError:
        return False
    return True


# Objections


@dataclass(frozen=True)
class Timeliness:
    """Whether an objection came in time, by the deadline and by its form."""

    until: date | None
    received_on: date
    form_met_on: date | None

    @property
    def is_text_late(self) -> bool:
        """Tell whether the text came after the deadline."""
        return self.until is not None and self.received_on > self.until

    @property
    def is_form_late(self) -> bool:
        """Tell whether the written form was met after the deadline."""
        met = self.form_met_on
        return self.until is not None and met is not None and met > self.until


def timeliness(objection: Objection) -> Timeliness:
    """Return whether an objection came in time: only in its form it counts (§ 84 SGG)."""
    received = clock.local_date(objection.received_at)
    return Timeliness(until_of(objection), received, objection.form_met_on)


def until_of(objection: Objection) -> date | None:
    """Return the last day for an objection: as it stood when it came, or a later one since.

    That the letter came later may be told after the objection. A day that was shown to who
    objected is never taken back. Needs the letter loaded.
    """
    letter = objection.letter
    known = (objection.until, letter.remedy_until if letter else None)
    return max((one for one in known if one is not None), default=None)


def reasoning_of(objection: Objection) -> str | None:
    """Say why the last day is what it is; needs the letter loaded."""
    letter, until = objection.letter, until_of(objection)
    if letter is not None and until is not None and until != objection.until:
        return letter.deadline_reason
    return objection.reasoning


def answer_due_on(received_at: datetime) -> date:
    """Return the day after which an objection can be sued for being left lying (§ 88 (2) SGG)."""
    return periods.months_later(clock.local_date(received_at), law.ANSWER_OBJECTION_MONTHS)


def check_can_note_form(objection: Objection, form: WrittenForm, on: date, *, today: date) -> None:
    """Raise unless the written form can be noted for this day."""
    if objection.form is not WrittenForm.MISSING:
        raise Conflict(gettext("Die Form ist schon vermerkt."))
    if form is WrittenForm.MISSING or on > today:
        raise InvalidInput(gettext("Der Tag darf nicht in der Zukunft liegen."), field="met_on")
    if form is WrittenForm.EID and on != today:
        raise InvalidInput(gettext("Der Ausweis zählt an dem Tag, an dem er benutzt wird."))
