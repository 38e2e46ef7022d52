"""Photos of German letters as phones take them, made by code: askew, shaded, blurred, noisy.

Each photo comes from a seed, so that a test or a bench sees the same picture every time.
"""

import io
import random
from dataclasses import dataclass

import cv2
import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

from portal.core import paths

FONTS = paths.STATIC / "vendor" / "fonts"
A4 = (1654, 2339)  # 200 dpi
PHONE = (3024, 4032)  # held upright
ID_CARD = (1016, 640)

WORDS = """
    Bescheid Leistung Wohnung Miete Heizkosten Nebenkosten Vermieter Antrag Unterlagen Frist
    Einkommen Arbeitgeber Lohnabrechnung Kontoauszug Krankenkasse Bewilligung Zeitraum Monat
    Oktober November Auszahlung Regelbedarf Mehrbedarf Haushalt Kinder Unterhalt Nachweis
    Schreiben Sachbearbeitung Anhörung Widerspruch Begründung Gesetz Absatz Nummer Betrag
    Grundmiete Vorauszahlung Abrechnung Nachzahlung Guthaben Versicherung Beschäftigung
    Kündigung Vertrag Stunden Samstag Zuschlag Steuer Bäckerei Straße Größe Fläche Schlüssel
    bitte reichen Sie folgende fehlende Papiere nach damit wir über Ihren weiter entscheiden
    können wurde nicht beigelegt haben erhalten gültig unterschrieben vollständig geprüft
""".split()  # noqa: SIM905 (words are easier to read than a list of them)


@dataclass(frozen=True)
class Conditions:
    """How a photo was taken; angles in degrees, blur as the sigma of 12-megapixel pixels."""

    turn: float = 0.0
    lean: float = 0.0
    shade: float = 0.0
    blur: float = 0.8
    noise: float = 4.0
    light: float = 1.0
    fills: float = 0.9
    shift: float = 0.0
    table: tuple[int, int, int] = (74, 96, 122)
    size: tuple[int, int] = PHONE


FLAT = Conditions()


def letter(seed: int, *, size: tuple[int, int] = A4, lines: int = 32) -> tuple[Image.Image, str]:
    """Print a letter of many German words; return the sheet and what stands on it."""
    chance = random.Random(seed)
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    unit = size[0] / A4[0]
    small, large = (
        ImageFont.truetype(FONTS / f"letter-{weight}.ttf", round(points * unit))
        for weight, points in ((400, 33), (600, 52))
    )
    heading = f"Stadtwerke Lindenau, Abrechnung {chance.randint(2020, 2026)}"
    draw.text((150 * unit, 170 * unit), heading, "#1d3557", font=large)
    written = [heading]
    for number in range(lines):
        line = " ".join(chance.choice(WORDS) for _ in range(9))
        while draw.textlength(line, font=small) > size[0] - 300 * unit:
            line = line.rsplit(" ", 1)[0]
        draw.text((150 * unit, (330 + number * 56) * unit), line, "#161616", font=small)
        written.append(line)
    return page, "\n".join(written)


def stamped(sheet: Image.Image) -> Image.Image:
    """Put a round blue stamp and a passport photo on a sheet."""
    copy = sheet.copy()
    draw = ImageDraw.Draw(copy)
    width, height = copy.size
    box = (width * 0.62, height * 0.78, width * 0.82, height * 0.78 + width * 0.2)
    draw.ellipse(box, outline="#2743a0", width=width // 100)
    draw.rectangle(
        (width * 0.12, height * 0.8, width * 0.32, height * 0.95), fill="#6d5a4e"
    )  # a face in the shade
    draw.ellipse((width * 0.17, height * 0.82, width * 0.27, height * 0.9), fill="#c99b80")
    return copy


def id_card() -> Image.Image:
    """Draw a card as the state issues them: coloured all over, with a portrait."""
    width, height = ID_CARD
    across = np.linspace(0, 1, width)[None, :, None]
    down = np.linspace(0, 1, height)[:, None, None]
    tints = np.array([[150, 190, 180], [205, 170, 190], [180, 200, 140]], float)
    colours = tints[0] * (1 - across) + tints[1] * across * (1 - down) + tints[2] * across * down
    card = Image.fromarray(np.broadcast_to(colours, (height, width, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(card)
    draw.rectangle((50, 150, 330, 530), fill="#8d7767")
    draw.ellipse((110, 190, 270, 400), fill="#d9ac8f")
    font = ImageFont.truetype(FONTS / "letter-400.ttf", 40)
    lines = ("PERSONALAUSWEIS", "KOVALENKO", "OKSANA", "14.03.1990", "L01X00T47")
    for number, line in enumerate(lines):
        draw.text((380, 60 + number * 100), line, "#20242c", font=font)
    return card


def cover_sheet(code: str) -> Image.Image:
    """Print a sheet that says by its QR code whose papers follow."""
    written = io.BytesIO()
    segno.make(code, error="q", micro=False).save(written, kind="png", scale=12, border=4)
    written.seek(0)
    page, _ = letter(1, lines=6)
    with Image.open(written) as printed:
        page.paste(printed.convert("RGB"), (150, 900))
    return page


def photographed(sheet: Image.Image, seed: int, how: Conditions = FLAT) -> Image.Image:
    """Lay a sheet on a table and take a photo of it."""
    chance = np.random.default_rng(seed)
    width, height = how.size
    table = _table(chance, how)
    corners = corners_of(sheet.size, how)
    flat = np.array(
        [[0, 0], [sheet.width, 0], [sheet.width, sheet.height], [0, sheet.height]], np.float32
    )
    way = cv2.getPerspectiveTransform(flat, corners)
    paper = cv2.warpPerspective(
        np.asarray(sheet.convert("RGB")), way, (width, height), flags=cv2.INTER_AREA
    )
    mask = cv2.warpPerspective(
        np.full((sheet.height, sheet.width), 255, np.uint8), way, (width, height)
    )
    share = (mask[..., None] / 255).astype(np.float32)
    seen = paper * np.float32(0.93) * share + table * (1 - share)
    seen *= _light(chance, how)[..., None]
    if how.blur:
        seen = cv2.GaussianBlur(seen, (0, 0), how.blur)
    grain = chance.normal(0, how.noise, (height // 2, width // 2)).astype(np.float32)
    seen += cv2.resize(grain, (width, height))[..., None]
    return Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))


def as_jpeg(photo: Image.Image, *, quality: int = 82) -> bytes:
    """Write a photo as a phone would."""
    written = io.BytesIO()
    photo.save(written, "JPEG", quality=quality)
    return written.getvalue()


def conditions(seed: int, *, size: tuple[int, int] = PHONE) -> Conditions:
    """Take a photo by hand: any of the usual angles, shadows and trembling."""
    chance = random.Random(seed)
    tables = ((74, 96, 122), (122, 92, 60), (60, 60, 64), (96, 120, 84), (150, 128, 104))
    return Conditions(
        turn=chance.uniform(-9, 9),
        lean=chance.uniform(0.02, 0.13) * chance.choice((-1, 1)),
        shade=chance.uniform(0.25, 0.65),
        blur=chance.uniform(0.8, 2.4) * size[0] / PHONE[0],
        noise=chance.uniform(3, 9),
        light=chance.uniform(0.7, 1.0),
        fills=chance.uniform(0.72, 0.88),
        table=chance.choice(tables),
        size=size,
    )


def _table(chance: np.random.Generator, how: Conditions) -> np.ndarray:
    width, height = how.size
    rough = chance.normal(0, 10, (height // 24, width // 8)).astype(np.float32)
    grain = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.array(how.table, np.float32) + grain[..., None]


def corners_of(size: tuple[int, int], how: Conditions) -> np.ndarray:
    """Return where the corners of the sheet come to lie: clockwise from the top left."""
    width, height = how.size
    scale = min(width / size[0], height / size[1]) * how.fills
    half = np.array([size[0], size[1]]) * scale / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    # The far edge of a leaning sheet is shorter than the near one.
    corners *= 1 - how.lean * corners[:, 1:] / half[1]
    angle = np.deg2rad(how.turn)
    turned = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    # People step back until the whole sheet is in the picture; `shift` is for those who do not.
    reach = np.abs(turned).max(axis=0) / (np.array([width, height]) / 2)
    turned *= min(1.0, 0.95 / reach.max())
    middle = np.array([width * (0.5 + how.shift), height / 2])
    return (turned + middle).astype(np.float32)


def _light(chance: np.random.Generator, how: Conditions) -> np.ndarray:
    """Return the light on each pixel: a slope, and the soft shadow of the hand with the phone."""
    width, height = how.size
    down, across = np.mgrid[0 : height // 8, 0 : width // 8].astype(np.float32)
    angle = chance.uniform(0, 2 * np.pi)
    along = (across * np.cos(angle) + down * np.sin(angle)) / (height // 8)
    slope = 1 - how.shade * 0.5 * (along - along.min()) / max(float(np.ptp(along)), 1e-6)
    edge = chance.uniform(0.35, 0.65) * float(np.ptp(along)) + along.min()
    shadow = 1 - how.shade * 0.6 / (1 + np.exp(-(along - edge) * 40))
    return cv2.resize(slope * shadow * how.light, (width, height))
