"""Papers of the demo office, made by code: PDF letters and photos as a phone takes them."""

import io
import math
from dataclasses import dataclass
from datetime import date

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps
from PIL.TiffImagePlugin import IFDRational

from portal.core import paths

FONT = paths.STATIC / "vendor" / "fonts" / "letter-400.ttf"
A4 = (1240, 1754)
PHONE = (4032, 3024)
ORIENTATION, MAKE, MODEL, GPS = 0x0112, 0x010F, 0x0110, 0x8825
TURN_RIGHT = 6  # EXIF: the picture was taken with the phone held upright


@dataclass(frozen=True)
class Paper:
    """The words on one sheet: sender, heading, rows of label and value."""

    sender: str
    heading: str
    person: str
    rows: tuple[tuple[str, str], ...]
    dated: date


def payslip(person: str, month: str, dated: date) -> Paper:
    """Write a payslip of a small job."""
    return Paper(
        "Bäckerei Sonnenschein GmbH",
        f"Entgeltabrechnung {month}",
        person,
        (
            ("Grundlohn 43,3 Stunden zu 13,90 €", "601,87 €"),
            ("Gesamtbrutto", "601,87 €"),
            ("Sozialversicherung", "0,00 €"),
            ("Auszahlung", "601,87 €"),
        ),
        dated,
    )


def rental_contract(person: str, dated: date) -> Paper:
    """Write the first page of a rental contract."""
    return Paper(
        "Wohnbau Lindenau eG",
        "Mietvertrag über Wohnraum",
        person,
        (
            ("Wohnfläche", "52,4 m²"),
            ("Grundmiete", "412,00 €"),
            ("Vorauszahlung Betriebskosten", "96,00 €"),
            ("Vorauszahlung Heizkosten", "74,00 €"),
            ("Gesamtmiete im Monat", "582,00 €"),
        ),
        dated,
    )


def bank_statement(person: str, month: str, dated: date) -> Paper:
    """Write a bank statement with a few bookings."""
    return Paper(
        "Sparkasse Lindenau",
        f"Kontoauszug {month}",
        person,
        (
            ("01. Gutschrift Jobcenter Lindenau", "+ 963,00 €"),
            ("02. Dauerauftrag Miete", "– 582,00 €"),
            ("05. Stadtwerke Lindenau", "– 61,00 €"),
            ("12. Kartenzahlung", "– 38,42 €"),
            ("28. Gutschrift Bäckerei Sonnenschein", "+ 601,87 €"),
            ("Kontostand am Monatsende", "214,35 €"),
        ),
        dated,
    )


def heating_bill(person: str, dated: date) -> Paper:
    """Write the yearly bill for heating."""
    return Paper(
        "Stadtwerke Lindenau",
        "Abrechnung Fernwärme",
        person,
        (
            ("Verbrauch", "6.840 kWh"),
            ("Arbeitspreis", "683,20 €"),
            ("Grundpreis", "148,00 €"),
            ("Nachzahlung", "57,20 €"),
        ),
        dated,
    )


def sheet(paper: Paper) -> Image.Image:
    """Draw a paper on a white A4 sheet at 150 dpi."""
    image = Image.new("RGB", A4, "white")
    draw = ImageDraw.Draw(image)
    small, normal, large = (ImageFont.truetype(FONT, size) for size in (26, 32, 52))
    draw.text((120, 110), paper.sender, fill="#1d3557", font=large)
    draw.line((120, 190, A4[0] - 120, 190), fill="#1d3557", width=3)
    draw.text((120, 280), paper.person, fill="black", font=normal)
    draw.text((120, 330), "35390 Lindenau", fill="black", font=normal)
    draw.text((900, 280), f"{paper.dated:%d.%m.%Y}", fill="black", font=normal)
    draw.text((120, 470), paper.heading, fill="black", font=large)
    top = 600
    for label, value in paper.rows:
        draw.text((120, top), label, fill="black", font=normal)
        draw.text((A4[0] - 130, top), value, fill="black", font=normal, anchor="ra")
        draw.line((120, top + 52, A4[0] - 120, top + 52), fill="#c8ccd2", width=1)
        top += 74
    draw.text((120, A4[1] - 130), "Erfundenes Muster der Vorführung.", fill="#666", font=small)
    return image


def as_pdf(*papers: Paper) -> bytes:
    """Return the papers as one PDF, a page each."""
    first, *others = (sheet(paper) for paper in papers)
    buffer = io.BytesIO()
    first.save(buffer, "PDF", resolution=150, save_all=True, append_images=others, quality=80)
    return buffer.getvalue()


def as_photo(paper: Paper, *, quality: int = 88) -> bytes:
    """Return the paper as a phone photographs it: 12 megapixels, askew, shaded, on a table.

    The JPEG carries an EXIF orientation and a place (GPS), as phones write them.
    """
    upright = (PHONE[1], PHONE[0])
    grain = Image.effect_noise((upright[0] // 4, upright[1] // 4), 30).resize(upright)
    table = ImageOps.colorize(grain, "#4a3524", "#94714f")
    page = sheet(paper).convert("RGBA").resize((2300, 3253), Image.Resampling.BICUBIC)
    page = page.rotate(2.2, Image.Resampling.BICUBIC, expand=True)
    corner = ((upright[0] - page.width) // 2, (upright[1] - page.height) // 2)
    table.paste(page, corner, page)
    light = Image.linear_gradient("L").rotate(30, expand=True).crop((90, 90, 260, 260))
    dark = table.point(lambda level: level * 0.7)
    table = Image.composite(dark, table, light.resize(upright))
    stored = table.filter(ImageFilter.GaussianBlur(0.8)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE], exif[MODEL] = TURN_RIGHT, "Beispiel", "Telefon 5"
    exif.get_ifd(GPS).update({1: "N", 2: _degrees(50.5841), 3: "E", 4: _degrees(8.6784)})
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG", quality=quality, exif=exif)
    return buffer.getvalue()


def _degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    whole = math.floor(value)
    minutes = (value - whole) * 60
    seconds = round((minutes - math.floor(minutes)) * 60 * 100)
    return IFDRational(whole), IFDRational(math.floor(minutes)), IFDRational(seconds, 100)
