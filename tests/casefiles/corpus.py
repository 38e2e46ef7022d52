"""A few hundred papers as text recognition reads them: headings, clutter, misread letters."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from portal.casefiles.models import DocumentKind

PEOPLE = ("Oksana Kovalenko", "Yusuf Demir", "Peter Braun", "Maria Schäfer-Öztürk")
STREET = "Lindenstraße 12, 35390 Lindenau"

# One line a paper: heading, then what else stands there. `{name}` and `{month}` are filled in.
PAPERS: dict[DocumentKind, tuple[str, ...]] = {
    DocumentKind.BANK_STATEMENTS: (
        (
            "Sparkasse Lindenau\nKontoauszug Nr. 7/2026\n{name}\nAlter Kontostand 312,10\n"
            "03.07.2026 Miete Juli WBG Lindenau -412,00\n"
            "05.07.2026 Kindergeld Familienkasse +255,00\n30.07.2026 Lohn Musterbau +1.058,30"
        ),
        (
            "Volksbank eG\nKontoauszüge {month}\nBuchungstag Wertstellung Betrag\n"
            "REWE SAGT DANKE\nStadtwerke Abschlag Gas"
        ),
        "DKB\nUmsatzübersicht vom 01.07.2026 bis 30.09.2026\n{name}\nLastschrift Krankenkasse",
        (
            "N26 Bank\nK o n t o a u s z u g\n{name}\nVermieter Nebenkosten Nachzahlung\n"
            "Neuer Kontostand 4,12"
        ),
    ),
    DocumentKind.PAYSLIPS: (
        (
            "Musterbau GmbH\nLohnabrechnung {month}\n{name}, Personalnummer 4711\n"
            "Gesamtbrutto 1.326,40\nÜberweisung auf Konto DE12"
        ),
        (
            "Abrechnung der Brutto/Netto-Bezüge für {month}\nSteuerklasse 1\n"
            "Auszahlungsbetrag 1.058,30"
        ),
        "Entgeltabrechnung\nAbrechnungsmonat 07/2026\n{name}\nKrankenversicherung\nSV-Brutto",
        (
            "Verdienstabrechnung {month}\nMinijob Gebäudereinigung\n{name}\n"
            "Eintritt laut Arbeitsvertrag 01.02.2025"
        ),
        "Lohn-/Gehaltsabrechnung\nfür {month}\nPersonalnummer 12",
    ),
    DocumentKind.RENTAL_CONTRACT: (
        (
            "Mietvertrag für Wohnräume\nzwischen WBG Lindenau und {name}\n"
            "§ 1 Mietgegenstand\n§ 4 Betriebskosten werden umgelegt\n"
            "§ 9 Kündigung mit gesetzlicher Frist"
        ),
        (
            "Wohnraummietvertrag\nDas Mietverhältnis beginnt am 01.03.2024\n"
            "Kaltmiete 412 Euro\nMietsicherheit"
        ),
        "Untermietvertrag\n{name}\nein Zimmer, 240 Euro warm",
    ),
    DocumentKind.LANDLORD_CERTIFICATE: (
        (
            "Mietbescheinigung\nvom Vermieter auszufüllen\nMieter: {name}\nKaltmiete 412,00\n"
            "Heizkosten 60,00\nNebenkosten 110,00"
        ),
        "Vermieterbescheinigung\nzur Vorlage beim Jobcenter\nMietvertrag vom 01.03.2024",
        "Wohnungsgeberbestätigung\nnach § 19 BMG\n{name} ist eingezogen am 01.03.2024",
    ),
    DocumentKind.UTILITY_BILL: (
        (
            "WBG Lindenau\nBetriebskostenabrechnung 2025\n"
            "Abrechnungszeitraum 01.01.2025 - 31.12.2025\nGrundsteuer\nMüllabfuhr\n"
            "Heizkosten siehe Anlage"
        ),
        "Nebenkostenabrechnung\n{name}\nUmlageschlüssel Wohnfläche\nIhre Nachzahlung 112,40 Euro",
        "Abrechnung der Betriebskosten\nHausreinigung, Grundsteuer, Wasser",
    ),
    DocumentKind.HEATING_BILL: (
        (
            "Heizkostenabrechnung 01.01.2025 bis 31.12.2025\n{name}\nBrennstoffkosten\n"
            "Verbrauchseinheiten 412"
        ),
        "Stadtwerke Lindenau\nJahresabrechnung Gas\n{name}\nAbschlag neu 61 Euro",
        "Wärmekostenabrechnung\nHeizkostenverteiler abgelesen\nNebenkosten gesondert",
    ),
    DocumentKind.ID_DOCUMENT: (
        "BUNDESREPUBLIK DEUTSCHLAND\nPERSONALAUSWEIS\nIDENTITY CARD\n{name}\nGültig bis 01.02.2030",
        "Reisepass Passport\nDeutsch\nP<D<<KOVALENKO<<OKSANA",
    ),
    DocumentKind.RESIDENCE_PERMIT: (
        (
            "AUFENTHALTSTITEL\nRESIDENCE PERMIT\n{name}\n§ 24 AufenthG\n"
            "Erwerbstätigkeit gestattet\ngültig bis 04.03.2027"
        ),
        "Ausländerbehörde\nFiktionsbescheinigung\n{name}",
    ),
    DocumentKind.WORK_CONTRACT: (
        (
            "Arbeitsvertrag\nzwischen Musterbau GmbH und {name}\nProbezeit sechs Monate\n"
            "Erholungsurlaub 28 Tage\nKündigung: gesetzliche Fristen\n"
            "Vergütung: Lohn monatlich"
        ),
        "Berufsausbildungsvertrag\n{name}\nAusbildung zur Fachkraft",
        "Anstellungsvertrag für geringfügig Beschäftigte\nDie Arbeitszeit beträgt 10 Stunden",
    ),
    DocumentKind.TERMINATION_LETTER: (
        (
            "Musterbau GmbH\n{name}\nKündigung Ihres Arbeitsverhältnisses\n"
            "hiermit kündigen wir den Arbeitsvertrag vom 01.02.2025 fristgerecht"
        ),
        "Aufhebungsvertrag\nzwischen Musterbau und {name}",
        (
            "Betreff: Kündigung der Wohnung\n"
            "sehr geehrte Frau, den Mietvertrag kündige ich fristgerecht"
        ),
    ),
    DocumentKind.CHILD_BENEFIT_NOTICE: (
        (
            "Familienkasse Hessen\nBescheid über Kindergeld\nKindergeldnummer 123FK\n"
            "Rechtsbehelfsbelehrung"
        ),
        "Familienkasse\nKindergeld für Ihr Kind\n{name}\nwir zahlen 255 Euro",
    ),
    DocumentKind.BENEFIT_NOTICE: (
        "Wohngeldstelle Lindenau\nWohngeldbescheid\n{name}\nMiete 412 Euro\nRechtsbehelfsbelehrung",
        "Agentur für Arbeit\nBewilligungsbescheid Arbeitslosengeld\n{name}",
        "Deutsche Rentenversicherung\nRentenbescheid\nRentenanpassung zum 01.07.2026\nIhr Konto",
    ),
    DocumentKind.SCHOOL_CERTIFICATE: (
        (
            "Gesamtschule Lindenau\nSchulbescheinigung\n"
            "{name} besucht die Klasse 7b im Schuljahr 2026/2027"
        ),
        "Justus-Universität\nImmatrikulationsbescheinigung\nWintersemester 2026/2027",
    ),
    DocumentKind.BIRTH_CERTIFICATE: (
        "Standesamt Lindenau\nGeburtsurkunde\n{name}\nRegisternummer G 12/2026",
        "Auszug aus dem Geburtenregister\nStandesbeamtin",
    ),
    DocumentKind.SICK_NOTE: (
        (
            "Arbeitsunfähigkeitsbescheinigung\nErstbescheinigung\n{name}\n"
            "arbeitsunfähig seit 01.07.2026\nvoraussichtlich bis 14.07.2026\nDiagnose"
        ),
        "Krankenkasse\nArbeitsunfähigkeits-\nbescheinigung\nFolgebescheinigung",
    ),
    DocumentKind.MEDICAL_CERTIFICATE: (
        "Praxis Dr. Weber, Fachärztin\nÄrztliche Bescheinigung\n{name}\nzur Vorlage beim Jobcenter",
        "Ärztliches Attest\n{name} leidet an Zöliakie\nDiagnose K90\nkostenaufwändige Ernährung",
    ),
    DocumentKind.DISABILITY_CARD: (
        "Schwerbehindertenausweis\n{name}\nMerkzeichen G\nGdB 60",
        "Versorgungsamt Gießen\nBescheid\nGrad der Behinderung 50\nRechtsbehelfsbelehrung",
    ),
    DocumentKind.MATERNITY_RECORD: (
        "Mutterpass\nGemeinsamer Bundesausschuss\nSchwangerschaftswoche 14",
        (
            "Bescheinigung über den mutmaßlichen Tag der Entbindung\n"
            "Entbindungstermin 04.02.2027\nHebamme"
        ),
    ),
    DocumentKind.MAINTENANCE_TITLE: (
        (
            "Jugendamt Lindenau\nUrkunde über die Verpflichtung zur Unterhaltszahlung\n"
            "Kindesunterhalt\nDüsseldorfer Tabelle"
        ),
        "Amtsgericht Lindenau\nUnterhaltsvergleich\nMindestunterhalt 100 Prozent",
    ),
    DocumentKind.ASSET_PROOF: (
        "Depotauszug zum 31.12.2025\nDepotwert 1.204,00",
        "Lebensversicherung\nMitteilung über den Rückkaufswert\nVersicherungsschein 12",
        "Bausparkasse\nKontostand Bausparvertrag\nBausparsumme 10.000\nKontoauszug 2025",
    ),
}

MONTHS = ("Juli 2026", "August 2026", "Oktober 2026")
MISREAD = {"o": "0", "l": "1", "s": "5", "ü": "u", "ä": "a", "m": "rn", "e": "c"}


@dataclass(frozen=True)
class Sample:
    """One paper: what it is, the words on it, whether letters are misread."""

    kind: DocumentKind
    text: str
    name: str
    month: str
    is_noisy: bool


def samples(seed: int = 7) -> Iterator[Sample]:
    """Yield each paper for each person, once read well and twice read badly."""
    chance = random.Random(seed)
    for kind, papers in PAPERS.items():
        for paper in papers:
            for name in PEOPLE:
                month = chance.choice(MONTHS)
                text = f"{paper.format(name=name, month=month)}\n{STREET}\nSeite 1 von 1"
                yield Sample(kind, text, name, month, is_noisy=False)
                for _ in range(2):
                    yield Sample(kind, _misread(text, chance), name, month, is_noisy=True)


def _misread(text: str, chance: random.Random) -> str:
    """Misread one letter in fifty, as a photo taken in the kitchen is read."""
    return "".join(
        MISREAD.get(letter, letter) if chance.random() < 0.02 else letter for letter in text
    )
