"""Numbers that carry their own check digit. Each function takes the number without spaces."""

import re

# Lengths of an IBAN by country (ISO 13616 registry).
IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22,
    "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "MT": 31,
    "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "TR": 26, "UA": 29, "VA": 22,
    "AE": 23, "AL": 28, "AZ": 28, "BA": 20, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CR": 22,
    "DJ": 27, "DO": 28, "EG": 29, "FK": 18, "FO": 18, "GE": 22, "GI": 23, "GL": 18, "GT": 28,
    "HN": 28, "IL": 23, "IQ": 23, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LY": 25,
    "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MU": 30, "NI": 28, "OM": 23, "PK": 24, "PS": 29,
    "QA": 29, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SO": 23, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip

_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)


def is_iban(value: str) -> bool:
    """Tell whether the check digits and the length of the country fit (ISO 13616, mod 97)."""
    if not re.fullmatch(r"DE\d{20}|(?!DE)[A-Z]{2}\d{2}[A-Z0-9]{11,30}", value, re.ASCII):
        return False
    if len(value) != IBAN_LENGTHS.get(value[:2]):
        return False
    digits = "".join(str(int(sign, 36)) for sign in value[4:] + value[:4])
    return int(digits) % 97 == 1


def is_pension_number(value: str) -> bool:
    """Tell whether this is a pension insurance number (§ 147 SGB VI, § 2 and § 4 VKVV).

    Area, day of birth, first letter of the name at birth, serial number, check digit. Where two
    people were born on one day with the same letter and all serials are taken, the day may be
    written higher than the calendar goes; months are always real.
    """
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", value, re.ASCII):
        return False
    if not 1 <= int(value[4:6]) <= 12 or int(value[2:4]) == 0:
        return False
    letter = f"{ord(value[8]) - ord('A') + 1:02}"
    digits = value[:8] + letter + value[9:11]
    products = (int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return sum(number // 10 + number % 10 for number in products) % 10 == int(value[11])


def is_tax_id(value: str) -> bool:
    """Tell whether this is a tax identification number (§ 139b AO; ISO 7064, MOD 11,10).

    Of the first ten digits exactly one stands twice or three times, never three times in a row;
    the first is not 0.
    """
    if not re.fullmatch(r"[1-9]\d{10}", value, re.ASCII):
        return False
    often = sorted((value[:10].count(digit) for digit in set(value[:10])), reverse=True)
    if often[0] not in {2, 3} or (len(often) > 1 and often[1] > 1):
        return False
    if re.search(r"(\d)\1\1", value[:10]):
        return False
    rest = 10
    for digit in value[:10]:
        total = (int(digit) + rest) % 10 or 10
        rest = total * 2 % 11
    return (11 - rest) % 10 == int(value[10])
