"""The code of a receipt: drawn by chance, read in whatever way it was typed, slips are found."""

import re

from portal.casefiles import receipt_codes as codes


def test_a_code_is_readable_and_nobody_can_guess_it() -> None:
    drawn = {codes.draw() for _ in range(500)}
    assert len(drawn) == 500
    for code in drawn:
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert 5 * (codes.SIGNS - 1) >= 100, "bits drawn by chance"


def test_a_code_is_read_however_it_was_typed() -> None:
    code = codes.draw()
    for typed in (
        code.lower(),
        code.replace("-", " "),
        code.replace("-", ""),
        f"  {code.replace('-', ' – ')} ",
        code.replace("0", "o").replace("1", "l"),
        code.replace("0", "O").replace("1", "I"),
    ):
        assert codes.read(typed) == code


def test_every_single_slip_is_found() -> None:
    code = codes.draw()
    signs = code.replace("-", "")
    for place, right in enumerate(signs):
        for wrong in codes.ALPHABET:
            typed = signs[:place] + wrong + signs[place + 1 :]
            assert (codes.read(typed) == code) == (wrong == right), typed


def test_signs_in_the_wrong_order_are_found_nearly_always() -> None:
    missed = swapped = 0
    for _ in range(200):
        signs = codes.draw().replace("-", "")
        for place in range(len(signs) - 1):
            one, other = signs[place : place + 2]
            if one != other:
                swapped += 1
                typed = signs[:place] + other + one + signs[place + 2 :]
                missed += codes.read(typed) is not None
    assert missed / swapped < 0.005


def test_what_is_no_code_is_none() -> None:
    for typed in ("", "-", "ABCD", codes.draw() + "0", "Ü" * 24, "U" * 24, "٣" * 24, "\0" * 24):
        assert codes.read(typed) is None
