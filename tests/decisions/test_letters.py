"""The letters of all rulings: read by a screen reader, and by a lawyer."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy.orm import Session

from portal.casefiles.models import Document
from portal.core.errors import InvalidInput
from portal.core.vault import service as vault
from portal.decisions import law, queries, service
from portal.decisions.models import Decision, NoHearing, Ruling
from portal.decisions.typed import Typed, TypedAmount
from portal.postbox import jobs as postbox_jobs
from portal.postbox import paper
from portal.postbox.models import LetterKind
from tests import tagged
from tests.factories import decisions as make
from tests.factories import postbox as letters

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
COURT = "Sozialgericht Lindenau\nGerichtsplatz 1\n35390 Lindenau"

AMOUNTS = (
    TypedAmount("Oksana Kovalenko", 73_650, date(2027, 1, 1), date(2027, 12, 1)),
    TypedAmount("Mila Kovalenko", 26_150, date(2027, 1, 1), date(2027, 6, 1)),
    TypedAmount("Mila Kovalenko", 28_000, date(2027, 7, 1), date(2027, 12, 1)),
)
YEAR: dict[str, Any] = {
    "award_from": date(2027, 1, 1),
    "award_until": date(2027, 12, 31),
    "amounts": AMOUNTS,
}
BASIS = "§§ 7, 9, 11 bis 11b, 19 bis 22 SGB II"

TYPED: dict[Ruling, Typed] = {
    Ruling.GRANTED: Typed(
        Ruling.GRANTED, legal_basis=BASIS, blocks=("vollstaendig", "einkommen"), **YEAR
    ),
    Ruling.PARTLY_GRANTED: Typed(
        Ruling.PARTLY_GRANTED,
        legal_basis=BASIS,
        blocks=("vollstaendig", "teil_abgelehnt"),
        reasons="Den Mehrbedarf für kostenaufwändige Ernährung lehnen wir ab. Der Nachweis fehlt.",
        **YEAR,
    ),
    Ruling.REJECTED: Typed(
        Ruling.REJECTED,
        legal_basis=BASIS,
        blocks=("einkommen_reicht",),
        reasons="Ihr Lohn ist 2.400,00 Euro im Monat.",
    ),
    Ruling.WITHHELD: Typed(
        Ruling.WITHHELD,
        legal_basis="§§ 60, 66 SGB I",
        blocks=("mitwirkung",),
        reasons="Es fehlen die Kontoauszüge von August bis Oktober 2026.",
        discretion="Ohne die Auszüge können wir nicht prüfen, ob Sie Geld brauchen.",
        warned_on=date(2026, 10, 26),
        warned_until=date(2026, 11, 16),
    ),
    Ruling.DEFERRED: Typed(
        Ruling.DEFERRED,
        blocks=("noch_offen",),
        reasons="Uns fehlt der Mietvertrag, bis 18.12.2026.",
    ),
    Ruling.REMEDIED: Typed(Ruling.REMEDIED, legal_basis=BASIS, blocks=("begruendet",), **YEAR),
    Ruling.PARTLY_REMEDIED: Typed(
        Ruling.PARTLY_REMEDIED,
        legal_basis=BASIS,
        reasons="Die Heizkosten erkennen wir in voller Höhe an. Die Stromkosten nicht.",
        **YEAR,
    ),
    Ruling.REFUSED: Typed(
        Ruling.REFUSED,
        legal_basis=BASIS,
        blocks=("unbegruendet",),
        reasons="Ihr Lohn ist höher als Ihr Bedarf.",
    ),
}


def decided(session: Session, ruling: Ruling, *, in_portal: bool = False) -> Decision:
    """Decide so, with a second person where one is asked, and file the letter."""
    application, officer = make.application(session, now=NOW - 10 * DAY)
    if in_portal:
        letters.consent(session, application.citizen, now=NOW - DAY)
    lead, objection = make.lead(session, application), None
    if law.RULINGS[ruling].answers_objection:
        make.block(session, key="sozialgericht", text=COURT, rulings=(ruling,), now=NOW)
        before = make.issued(session, application, officer, now=NOW, typed=TYPED[Ruling.REJECTED])
        assert before.letter is not None
        objection = make.objection(session, before.letter, before.citizen, now=NOW)
        application = service.application_for(session, objection.application_id, by=officer)
    made = service.begin(session, application=application, objection=objection, by=officer, now=NOW)
    found = queries.decision_for(session, made.id, asker=officer, lock=True)
    service.save(
        session, decision=found, typed=TYPED[ruling], revision=found.revision, by=officer, now=NOW
    )
    found = queries.decision_for(session, made.id, asker=officer, lock=True)
    if not service.finish(session, decision=found, by=officer, now=NOW):
        service.release(session, decision=found, by=lead, now=NOW)
    session.flush()
    postbox_jobs.file_letter(session, now=NOW, letter_id=str(found.letter_id))
    return queries.decision_for(session, found.id, asker=officer)


def pdf_of(session: Session, decision: Decision) -> bytes:
    assert decision.letter is not None
    document = session.get_one(Document, decision.letter.document_id)
    assert document.served_file_id is not None
    return b"".join(vault.stream(session, document.served_file_id))


def words_of(decision: Decision) -> str:
    assert decision.letter is not None
    text = re.sub(r"<[^>]+>", " ", paper.words(decision.letter).replace("\u00a0", " "))
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("ruling", list(Ruling))
def test_a_screen_reader_reads_the_letter_of_each_ruling(session: Session, ruling: Ruling) -> None:
    content = pdf_of(session, decided(session, ruling))
    found = tagged.look(content)
    assert found.faults == []
    assert set(found.headings) <= {1, 2}
    assert ("/Table" in found.tags) == bool(TYPED[ruling].amounts)
    assert found.pages <= 3


def test_the_address_stands_in_the_window(session: Session) -> None:
    """DIN 5008, form B: seen through the window wherever the sheet lies in the envelope."""
    page = pypdfium2.PdfDocument(io.BytesIO(pdf_of(session, decided(session, Ruling.GRANTED))))[0]
    text, height = page.get_textpage(), page.get_height()
    for line in ("Oksana Kovalenko", "Lindenstraße 7", "35390 Lindenau"):
        places = [
            [text.get_charbox(index) for index in range(start, start + count)]
            for start, count in _finds(text, line)
        ]
        boxes = next(one for one in places if _mm(height - one[0][3]) > 40)
        assert _mm(boxes[0][0]) >= 24
        assert _mm(boxes[-1][2]) <= 105
        assert _mm(height - boxes[0][3]) >= 50
        assert _mm(height - boxes[0][1]) <= 90


def _mm(points: float) -> float:
    return points * 25.4 / 72


def _finds(text: pypdfium2.PdfTextPage, line: str) -> list[tuple[int, int]]:
    searcher, found = text.search(line), []
    while (hit := searcher.get_next()) is not None:
        found.append(hit)
    return found


class TestLaw:
    @pytest.mark.parametrize(
        "ruling",
        [one for one in Ruling if law.RULINGS[one].letter is LetterKind.DECISION],
    )
    def test_the_instruction_on_the_objection_is_whole(
        self, session: Session, ruling: Ruling
    ) -> None:
        """§ 36 SGB X and § 66 SGG: the remedy, with whom and where, how long, in which form."""
        words = words_of(decided(session, ruling))
        for told in (
            "Rechtsbehelfsbelehrung",
            "innerhalb eines Monats Widerspruch erheben. Die Frist beginnt mit der Bekanntgabe.",
            "beim Jobcenter Lindenau, Rathausplatz 1, 35390 Lindenau, einzulegen",
            "schriftlich, in elektronischer Form nach § 36a Absatz 2 SGB I, schriftformersetzend",
            "zur Niederschrift (§ 84 SGG)",
            "am 4. Tag, nachdem wir ihn zur Post gegeben haben",
            "nicht, wenn er gar nicht oder später bei Ihnen ankommt",
        ):
            assert told in words

    @pytest.mark.parametrize("ruling", [Ruling.REFUSED, Ruling.PARTLY_REMEDIED])
    def test_the_instruction_on_going_to_court_is_whole(
        self, session: Session, ruling: Ruling
    ) -> None:
        """§§ 66, 85 (3), 87, 90, 92 SGG."""
        words = words_of(decided(session, ruling))
        for told in (
            "in der Gestalt dieses Widerspruchsbescheids",
            "innerhalb eines Monats Klage erheben",
            "mit der Bekanntgabe des Widerspruchsbescheids",
            "Sozialgericht Lindenau Gerichtsplatz 1 35390 Lindenau",
            "zu Protokoll",
            "§ 65a SGG",
        ):
            assert told in words
        assert "Widerspruch erheben" not in words

    def test_what_rules_nothing_instructs_on_nothing(self, session: Session) -> None:
        words = words_of(decided(session, Ruling.DEFERRED))
        assert "Rechtsbehelf" not in words
        assert "Widerspruch" not in words

    @pytest.mark.parametrize("ruling", list(Ruling))
    def test_office_and_name_stand_below(self, session: Session, ruling: Ruling) -> None:
        """§ 33 (3) SGB X: the authority and the name of who answers for it."""
        decision = decided(session, ruling)
        assert decision.letter is not None
        signed = f"{decision.letter.signed_by_name} Jobcenter Lindenau"
        assert signed in words_of(decision)

    @pytest.mark.parametrize("ruling", [one for one in Ruling if law.RULINGS[one].must_write])
    def test_which_part_and_what_is_missing_is_written_and_not_only_a_block(
        self, session: Session, ruling: Ruling
    ) -> None:
        """§ 33 (1) SGB X: a decision is definite in what it rules."""
        if law.RULINGS[ruling].answers_objection:
            return
        application, officer = make.application(session, now=NOW - 10 * DAY)
        typed = TYPED[ruling]
        decision = make.draft(session, application, officer, now=NOW, typed=typed, reasons=None)
        with pytest.raises(InvalidInput) as refused:
            service.finish(session, decision=decision, by=officer, now=NOW)
        assert refused.value.field == "reasons"

    def test_withholding_names_what_is_missing_what_was_weighed_and_the_way_back(
        self, session: Session
    ) -> None:
        """§§ 66, 67 SGB I; § 35 (1) sentence 3 SGB X."""
        words = words_of(decided(session, Ruling.WITHHELD))
        for told in (
            "§ 66 Absatz 1 SGB I",
            "Mit Schreiben vom 26.10.2026",
            "bis 16.11.2026",
            "Es fehlen die Kontoauszüge von August bis Oktober 2026.",
            "Was wir abgewogen haben",
            "nachträglich zahlen (§ 67 SGB I)",
        ):
            assert told in words

    def test_who_loses_something_reads_that_it_holds_all_the_same(self, session: Session) -> None:
        """§ 39 SGB II: no suspensive effect; § 86b SGG: the court can order it."""
        application, officer = make.application(session, now=NOW - 10 * DAY)
        lead = make.lead(session, application)
        decision = make.draft(
            session,
            application,
            officer,
            now=NOW,
            is_intrusive=True,
            no_hearing=NoHearing.INCOME_CHANGE,
        )
        service.finish(session, decision=decision, by=officer, now=NOW)
        service.release(session, decision=decision, by=lead, now=NOW)
        words = words_of(decision)
        assert "§ 39 SGB II" in words
        assert "§ 86b SGG" in words
        assert "§ 39" not in words_of(decided(session, Ruling.GRANTED))

    def test_in_the_portal_it_says_what_counts_there(self, session: Session) -> None:
        """§ 37 (2a) SGB X."""
        words = words_of(decided(session, Ruling.REJECTED, in_portal=True))
        assert "am 4. Tag nach dem Absenden der Nachricht" in words
        assert "Dann zählt der Tag, an dem Sie den Brief öffnen." in words


def test_the_amounts_are_a_table_with_their_sum(session: Session) -> None:
    decision = decided(session, Ruling.GRANTED)
    assert decision.letter is not None
    words = paper.words(decision.letter)
    assert words.count("<table ") == 2  # the child gets more from July on
    assert 'scope="col"' in words
    text = words_of(decision)
    assert "Januar 2027 bis Juni 2027: 998,00 € im Monat" in text
    assert "Zusammen 1.016,50 €" in text
