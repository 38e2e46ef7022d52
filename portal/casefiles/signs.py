"""By which words a paper shows what it is: the table that suggestions are made from.

Each kind has its headings (what stands on top of such a paper) and its marks (what else stands on
it); both are compared as `folded` leaves them. A heading weighs more, most on top of a page. The
short name is what a title begins with.
"""

import re
import unicodedata
from dataclasses import dataclass

from portal.casefiles.models import DocumentKind


@dataclass(frozen=True)
class Signs:
    """What a kind is called in a title, and by which words it is known."""

    short: str
    headings: tuple[str, ...]
    marks: tuple[str, ...] = ()
    has_months: bool = False


SIGNS: dict[DocumentKind, Signs] = {
    DocumentKind.BANK_STATEMENTS: Signs(
        "Kontoauszug",
        ("kontoauszug", "kontoausdruck", "umsatzübersicht", "umsatzanzeige", "finanzstatus"),
        ("alter kontostand", "neuer kontostand", "buchungstag", "kontokorrent", "wertstellung"),
        has_months=True,
    ),
    DocumentKind.PAYSLIPS: Signs(
        "Lohnabrechnung",
        (
            "lohnabrechnung",
            "gehaltsabrechnung",
            "entgeltabrechnung",
            "verdienstabrechnung",
            "bezügeabrechnung",
            "entgeltnachweis",
            "lohn-/gehaltsabrechnung",
            "lohn- und gehaltsabrechnung",
            "abrechnung der brutto",
            "verdienstbescheinigung",
        ),
        ("gesamtbrutto", "steuerklasse", "auszahlungsbetrag", "personalnummer", "sv-brutto"),
        has_months=True,
    ),
    DocumentKind.RENTAL_CONTRACT: Signs(
        "Mietvertrag",
        ("mietvertrag", "wohnraummietvertrag", "wohnungsmietvertrag", "untermietvertrag"),
        ("mietverhältnis beginnt", "mietgegenstand", "schönheitsreparaturen", "mietsicherheit"),
    ),
    DocumentKind.LANDLORD_CERTIFICATE: Signs(
        "Mietbescheinigung",
        ("mietbescheinigung", "vermieterbescheinigung", "wohnungsgeberbestätigung"),
        ("vom vermieter auszufüllen", "bescheinigung des vermieters", "kaltmiete"),
    ),
    DocumentKind.UTILITY_BILL: Signs(
        "Nebenkostenabrechnung",
        (
            "nebenkostenabrechnung",
            "betriebskostenabrechnung",
            "abrechnung der betriebskosten",
            "abrechnung der nebenkosten",
            "abrechnung über nebenkosten",
        ),
        ("umlageschlüssel", "grundsteuer", "müllabfuhr", "hausreinigung", "abrechnungszeitraum"),
        has_months=True,
    ),
    DocumentKind.HEATING_BILL: Signs(
        "Heizkostenabrechnung",
        (
            "heizkostenabrechnung",
            "heizkosten- und",
            "wärmekostenabrechnung",
            "wärmeabrechnung",
            "jahresabrechnung gas",
            "jahresrechnung erdgas",
            "abrechnung der heizkosten",
        ),
        ("heizkostenverteiler", "brennstoffkosten", "verbrauchseinheiten", "warmwasserkosten"),
        has_months=True,
    ),
    DocumentKind.ID_DOCUMENT: Signs(
        "Ausweis",
        ("personalausweis", "identity card", "carte d'identité", "reisepass", "passport"),
        ("idd<<", "p<d<<", "nationality", "place of birth", "gültig bis"),
    ),
    DocumentKind.RESIDENCE_PERMIT: Signs(
        "Aufenthaltstitel",
        (
            "aufenthaltstitel",
            "residence permit",
            "aufenthaltserlaubnis",
            "niederlassungserlaubnis",
            "fiktionsbescheinigung",
            "aufenthaltsgestattung",
            "blaue karte eu",
        ),
        ("ausländerbehorde", "erwerbstätigkeit gestattet", "aufenthg"),
    ),
    DocumentKind.WORK_CONTRACT: Signs(
        "Arbeitsvertrag",
        (
            "arbeitsvertrag",
            "anstellungsvertrag",
            "dienstvertrag",
            "ausbildungsvertrag",
            "berufsausbildungsvertrag",
            "minijob-vertrag",
        ),
        ("probezeit", "arbeitszeit beträgt", "erholungsurlaub", "arbeitnehmer verpflichtet"),
    ),
    DocumentKind.TERMINATION_LETTER: Signs(
        "Kündigung",
        ("kündigung", "aufhebungsvertrag", "kündigungsschreiben"),
        ("fristgerecht", "kündigen wir", "kündige ich", "arbeitssuchend zu melden"),
    ),
    DocumentKind.CHILD_BENEFIT_NOTICE: Signs(
        "Kindergeldbescheid",
        ("kindergeld", "kindergeldbescheid", "bescheid über kindergeld"),
        ("familienkasse", "kindergeldnummer"),
    ),
    DocumentKind.BENEFIT_NOTICE: Signs(
        "Bescheid",
        (
            "wohngeldbescheid",
            "rentenbescheid",
            "elterngeldbescheid",
            "bafög-bescheid",
            "bewilligungsbescheid",
            "bescheid über",
            "krankengeldbescheid",
            "unterhaltsvorschussbescheid",
            "rentenanpassung",
        ),
        ("rechtsbehelfsbelehrung", "agentur für arbeit", "wohngeldstelle", "rentenversicherung"),
    ),
    DocumentKind.SCHOOL_CERTIFICATE: Signs(
        "Schulbescheinigung",
        (
            "schulbescheinigung",
            "immatrikulationsbescheinigung",
            "studienbescheinigung",
            "bescheinigung über den schulbesuch",
            "schulbesuchsbescheinigung",
        ),
        ("besucht die klasse", "schuljahr", "schulleitung", "sekretariat"),
    ),
    DocumentKind.BIRTH_CERTIFICATE: Signs(
        "Geburtsurkunde",
        ("geburtsurkunde", "auszug aus dem geburtenregister", "geburtseintrag"),
        ("standesamt", "standesbeamt", "registernummer"),
    ),
    DocumentKind.SICK_NOTE: Signs(
        "Krankmeldung",
        ("arbeitsunfähigkeitsbescheinigung", "arbeitsunfähigkeits-bescheinigung", "krankmeldung"),
        ("erstbescheinigung", "folgebescheinigung", "arbeitsunfähig seit", "arbeitsunfähig bis"),
    ),
    DocumentKind.MEDICAL_CERTIFICATE: Signs(
        "Ärztliche Bescheinigung",
        (
            "ärztliche bescheinigung",
            "ärztliches attest",
            "attest",
            "mehrbedarf für kostenaufwändige ernährung",
            "arztbrief",
            "ärztlicher befundbericht",
        ),
        ("diagnose", "facharzt", "praxis dr", "ernährung"),
    ),
    DocumentKind.DISABILITY_CARD: Signs(
        "Schwerbehindertenausweis",
        (
            "schwerbehindertenausweis",
            "feststellungsbescheid nach dem sgb ix",
            "grad der behinderung",
        ),
        ("merkzeichen", "versorgungsamt", "gdb"),
    ),
    DocumentKind.MATERNITY_RECORD: Signs(
        "Mutterpass",
        ("mutterpass", "bescheinigung über den mutmaßlichen", "schwangerschaftsbescheinigung"),
        ("entbindungstermin", "schwangerschaftswoche", "hebamme"),
    ),
    DocumentKind.MAINTENANCE_TITLE: Signs(
        "Unterhaltstitel",
        (
            "unterhaltstitel",
            "jugendamtsurkunde",
            "urkunde über die verpflichtung zur unterhaltszahlung",
            "unterhaltsurkunde",
            "unterhaltsvergleich",
            "beschluss in der familiensache",
        ),
        ("kindesunterhalt", "mindestunterhalt", "düsseldorfer tabelle"),
    ),
    DocumentKind.ASSET_PROOF: Signs(
        "Vermögensnachweis",
        (
            "depotauszug",
            "sparbuch",
            "rückkaufswert",
            "lebensversicherung",
            "wertmitteilung",
            "bausparkonto",
            "jahresdepotauszug",
            "bausparvertrag",
        ),
        ("depotwert", "guthaben zum", "bausparsumme", "versicherungsschein"),
    ),
}

_HYPHENATED = re.compile(r"(?<=\w)[-¬\u00ad]\s*\n\s*(?=[a-z])")
_SPACED = re.compile(r"\b(?:\w ){4,}\w\b")
_CONFUSED = (
    (re.compile(r"(?<=[a-z])0(?=[a-z])"), "o"),
    (re.compile(r"(?<=[a-z])[1|](?=[a-z])"), "l"),
    (re.compile(r"(?<=[a-z])5(?=[a-z])"), "s"),
)
_SPELT_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"))


def folded(text: str) -> str:
    """Return words as they are compared: small, without dots over them, mended where OCR errs.

    Words divided at the end of a line are joined, s p a c e d ones closed; lines stay lines.
    """
    small = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    plain = "".join(sign for sign in small if not unicodedata.combining(sign))
    plain = _HYPHENATED.sub("", plain)
    plain = _SPACED.sub(lambda found: found[0].replace(" ", ""), plain)
    for wrong, right in _CONFUSED:
        plain = wrong.sub(right, plain)
    return plain


def folded_name(name: str) -> str:
    """Return the words of a file name as they are compared; umlauts are often spelt out there."""
    plain = re.sub(r"[_.+-]+", " ", folded(name))
    for spelt, letter in _SPELT_OUT:
        plain = plain.replace(spelt, letter)
    return plain
