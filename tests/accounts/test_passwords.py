"""Check 6: long passwords of any kind are taken, those that others would try are not."""

import time
from pathlib import Path

import pytest

from portal.accounts import passwords, rules
from portal.core.errors import InvalidInput

ABOUT = ("Oksana", "Kovalenko", "oksana.kovalenko@post.example", "oksana.kovalenko")
LIST = Path(passwords.__file__).with_name("common_passwords.txt")


def is_refused(password: str) -> bool:
    try:
        rules.check_password(password, about=ABOUT)
    except InvalidInput as error:
        return error.field == "password"
    return False


def test_check_06_eight_are_enough_and_sixty_four_fit() -> None:
    assert is_refused("kx7 wq2")
    assert not is_refused("kx7 wq2v")
    for length in (64, 128, rules.LONGEST_PASSWORD):
        assert not is_refused(("zwölf rote Räder rollen " * 20)[:length])
    assert is_refused("x" * (rules.LONGEST_PASSWORD + 1))


@pytest.mark.parametrize(
    "password",
    [
        "nurkleinebuchstaben",
        "NURGROSSEBUCHSTABEN",
        "739154820617",
        "!§%&/()=?`*+",
        "зелёный чай утром",
        "الشاي الأخضر صباحا",
        "🙂🙃🙂🙃🙂🙃🙂🙃",
        "  mit  Leerzeichen  ",
    ],
)
def test_check_06_no_rule_about_the_kinds_of_signs(password: str) -> None:
    assert not is_refused(password)


def test_check_06_every_password_of_the_list_is_refused() -> None:
    assert len(passwords.COMMON) >= 3000
    long_enough = [word for word in passwords.COMMON if len(word) >= rules.SHORTEST_PASSWORD]
    assert len(long_enough) >= 3000
    assert [word for word in long_enough if not is_refused(word)] == []


def test_the_list_is_clean_and_says_where_it_comes_from() -> None:
    lines = LIST.read_text("utf-8").splitlines()
    notes = [line for line in lines if line.startswith("#")]
    words = [line for line in lines if not line.startswith("#")]
    assert "zxcvbn" in " ".join(notes)
    assert "MIT" in " ".join(notes)
    assert len(set(words)) == len(words)
    assert [word for word in words if word != word.casefold() or word != word.strip()] == []
    assert {"schalke04", "qwertzuiop", "ichliebedich", "iloveyou", "trustno1"} <= set(words)


@pytest.mark.parametrize(
    "password",
    ["Passwort1", "DRAGON2026!", "sommer-2026", "hallo12345678", "schatz!!!!", "12sunshine34"],
)
def test_check_06_digits_around_a_common_word_do_not_save_it(password: str) -> None:
    assert is_refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "jobcenter!2026",
        "JobcenterJobcenter",
        "bürgergeld-2026",
        "Oksana.Kovalenko",
        "kovalenko1992",
        "OksanaJobcenter1",
        "oksana.kovalenko@post.example",
    ],
)
def test_check_06_words_of_the_office_and_of_the_person_are_no_password(password: str) -> None:
    assert is_refused(password)


def test_check_06_a_phrase_may_hold_such_words() -> None:
    assert not is_refused("Oksana wartet lange im Jobcenter")
    assert not is_refused("mein passwort ist ein gedicht")


def test_short_names_take_nothing_away() -> None:
    rules.check_password("li mag tee und kuchen", about=("Li", "Wu"))
    rules.check_password("kx7 wq2v", about=("", "X"))


def test_the_check_is_fast() -> None:
    begun = time.perf_counter()
    for _ in range(200):
        rules.check_password("grüner tee am morgen", about=ABOUT)
    assert (time.perf_counter() - begun) / 200 < 0.005


def test_check_06_passwords_are_kept_with_the_values_of_asvs_appendix_c() -> None:
    assert passwords.hash_of("grüner tee am morgen").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_outdated("$argon2id$v=19$m=8192,t=1,p=1$c2FsdHNhbHQ$" + "A" * 43)
