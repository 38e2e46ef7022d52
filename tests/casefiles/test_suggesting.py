"""What the portal suggests for a paper, and why."""

from collections import Counter
from datetime import date

import pytest

from portal.casefiles.models import DocumentKind
from portal.casefiles.signs import SIGNS, folded
from portal.casefiles.suggesting import Asked, Paper, Person, Suggestion, months_in_words, suggest
from portal.core.db import new_id
from tests.casefiles import corpus

OKSANA = Person(new_id(), "Oksana", "Kovalenko")
IVAN = Person(new_id(), "Ivan", "Kovalenko")
YUSUF = Person(new_id(), "Yusuf", "Demir")
TODAY = date(2026, 11, 26)


def about(*texts: str, owner: Person = OKSANA, **known: object) -> Suggestion:
    paper = Paper(owner_id=owner.id, received_on=TODAY, texts=texts, **known)  # type: ignore[arg-type]
    return suggest(paper, household=(OKSANA, IVAN, YUSUF))


def test_nine_of_ten_papers_are_known_by_their_words_alone() -> None:
    right: Counter[bool] = Counter()
    asked: Counter[bool] = Counter()
    wrong_but_sure = []
    for sample in corpus.samples():
        found = about(sample.text, filename="IMG_4711.jpg")
        asked[sample.is_noisy] += 1
        right[sample.is_noisy] += found.kind.value is sample.kind
        if found.is_sure and found.kind.value is not sample.kind:
            wrong_but_sure.append((sample.kind, found.kind.value, sample.text))
    assert sum(asked.values()) > 500
    assert right[False] / asked[False] >= 0.98
    assert right.total() / asked.total() >= 0.9, (right, asked)
    assert len(wrong_but_sure) / asked.total() < 0.01, wrong_but_sure[:5]


def test_the_corpus_has_every_kind_that_people_hand_in() -> None:
    assert set(corpus.PAPERS) == set(SIGNS)


def test_the_reason_names_word_and_page() -> None:
    found = about("Sehr geehrte Damen und Herren", "Sparkasse\nKontoauszug Nr. 3")
    assert found.kind.value is DocumentKind.BANK_STATEMENTS
    assert found.kind.reason == "„Kontoauszug“ steht auf Seite 2"


def test_a_request_counts_when_the_words_say_nothing() -> None:
    answers = Asked(kind=DocumentKind.RENTAL_CONTRACT, asked_on=date(2026, 11, 2))
    found = about("", answers=answers)
    assert found.kind.value is DocumentKind.RENTAL_CONTRACT
    assert found.kind.reason == "Antwortet auf die Anforderung vom 02.11.2026"
    assert not found.is_sure


def test_what_stands_on_the_paper_beats_what_was_asked_for() -> None:
    answers = Asked(kind=DocumentKind.RENTAL_CONTRACT, asked_on=date(2026, 11, 2))
    found = about("Kontoauszug Nr. 4\nAlter Kontostand\nBuchungstag", answers=answers)
    assert found.kind.value is DocumentKind.BANK_STATEMENTS


def test_words_and_what_the_person_said_together_are_sure() -> None:
    found = about("Lohnabrechnung Oktober 2026", kind=DocumentKind.PAYSLIPS)
    assert found.is_sure


def test_nothing_known_stays_what_the_person_said() -> None:
    found = about("xyz", kind=DocumentKind.OTHER, title="Brief von Oma")
    assert found.kind.value is DocumentKind.OTHER
    assert not found.is_sure
    assert found.title.value == "Brief von Oma"


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("Kontoauszug 01.07.2026 – 31.07.2026", (2026, 7), (2026, 7)),
        ("Kontoauszug vom 1.7.26 bis 30.9.26", (2026, 7), (2026, 9)),
        ("Kontoauszug Juli 2026", (2026, 7), (2026, 7)),
        ("Kontoauszug Juli bis September 2026", (2026, 7), (2026, 9)),
        ("Kontoauszug Dezember 2025 - Februar 2026", (2025, 12), (2026, 2)),
        ("Kontoauszug für März 2026", (2026, 3), (2026, 3)),
        ("Kontoauszug 07/2026", (2026, 7), (2026, 7)),
        ("Kontoauszug Nr. 3/2026\n04.07.2026 REWE\n29.07.2026 Miete", (2026, 7), (2026, 7)),
        ("Kontoauszug 2026-07", (2026, 7), (2026, 7)),
    ],
)
def test_months_are_read_in_every_way_of_writing(
    words: str, start: tuple[int, int], end: tuple[int, int]
) -> None:
    found = about(words)
    assert found.months is not None
    assert found.months.value == (date(*start, 1), date(*end, 1))


def test_three_payslips_in_one_file_are_three_months() -> None:
    found = about(*(f"Lohnabrechnung {month} 2026" for month in ("Juli", "August", "September")))
    assert found.months
    assert found.months.value == (date(2026, 7, 1), date(2026, 9, 1))
    assert found.title.value == "Lohnabrechnung Juli bis September 2026"


@pytest.mark.parametrize(
    "words", ["Mietvertrag ab März 2024", "Kontoauszug 13/2026", "Kontoauszug 99.99.2026"]
)
def test_no_months_where_none_belong_or_none_are_right(words: str) -> None:
    assert about(words).months is None


def test_the_person_is_found_by_name_and_the_reason_says_so() -> None:
    found = about("Schulbescheinigung\nDemir, Yusuf", owner=OKSANA)
    assert found.person.value == YUSUF.id
    assert found.person.reason == "Name Yusuf Demir auf Seite 1 gefunden"


def test_a_last_name_alone_counts_only_when_nobody_shares_it() -> None:
    assert about("Herr Demir").person.value == YUSUF.id
    shared = about("Familie Kovalenko", owner=IVAN)
    assert shared.person.value == IVAN.id
    assert shared.person.reason == "Von dieser Person abgegeben"


def test_a_title_that_somebody_has_chosen_stays() -> None:
    found = about(
        "Lohnabrechnung Oktober 2026", kind=DocumentKind.PAYSLIPS, title="Lohn vom Zweitjob"
    )
    assert found.title.value == "Lohn vom Zweitjob"


def test_misread_and_divided_words_are_mended() -> None:
    assert folded("K0nt0auszug") == "kontoauszug"
    assert folded("Arbeitsunfähigkeits-\nbescheinigung") == "arbeitsunfahigkeitsbescheinigung"
    assert folded("K o n t o a u s z u g") == "kontoauszug"


def test_a_file_name_with_spelt_out_umlauts_is_a_sign() -> None:
    found = about(filename="Kontoauszuege_Juli_2026.pdf")
    assert found.kind.value is DocumentKind.BANK_STATEMENTS
    assert found.kind.reason == "So heißt die Datei"
    assert found.months
    assert months_in_words(*found.months.value) == "Juli 2026"
