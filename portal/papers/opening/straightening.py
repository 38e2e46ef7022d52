"""Making a flat sheet of a photo of one: cut out, upright, the shadows taken away.

Only the served copy and the page images are made so; the original stays as it came. Nothing is
invented: a picture is stretched and its light evened, and where no sheet is surely seen it stays.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portal.papers.opening import sheets
from portal.papers.opening.sheets import Corners, Pixels

LONGEST_SIDE = 3508  # A4 at 300 dpi
A4_RATIO, CARD_RATIO = 1.4142, 1.5858  # ISO 216 and ISO/IEC 7810 ID-1
NEAR = 0.08
BLOCKS = 48
PAPER_SHARE = 0.6
WHITE = 246
LARGEST_GAIN, LARGEST_TINT = 4.0, 0.1
SAME_TINT = 0.06


@dataclass(frozen=True)
class Straightened:
    """The picture as it is to be shown, and whether a sheet was cut out of it."""

    image: Image.Image
    is_cut: bool


def straighten(image: Image.Image) -> Straightened:
    """Return the sheet in an upright RGB photo, or the photo where no sheet is surely seen."""
    photo = np.asarray(image)
    sheet = sheets.find(photo)
    if sheet is None or not sheet.is_sure:
        return Straightened(image, is_cut=False)
    flat = flattened(photo, sheet.corners)
    return Straightened(Image.fromarray(without_shadows(flat)), is_cut=True)


def flattened(photo: Pixels, corners: Corners) -> Pixels:
    """Return the sheet as seen from straight above."""
    width, height = size_of(corners)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    way = cv2.getPerspectiveTransform(corners.astype(np.float32), target - np.float32(0.5))
    return sheets.as_pixels(
        cv2.warpPerspective(
            photo, way, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
    )


def size_of(corners: Corners) -> tuple[int, int]:
    """Return width and height of the flat sheet in pixels, by the longer of opposite sides."""
    top, right, bottom, left = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    width, height = max(float(top), float(bottom)), max(float(left), float(right))
    short, long = sorted((width, height))
    for usual in (A4_RATIO, CARD_RATIO):
        if abs(long / short / usual - 1) < NEAR:
            long = short * usual
            break
    scale = min(1.0, LONGEST_SIDE / long)
    wide, high = (short, long) if height >= width else (long, short)
    return max(1, round(wide * scale)), max(1, round(high * scale))


def without_shadows(flat: Pixels) -> Pixels:
    """Divide the light out of a white sheet; a card or a picture is no white sheet and stays."""
    light, share = light_on(flat)
    if share < PAPER_SHARE or is_card(flat):
        return flat
    gain = np.minimum(WHITE / np.maximum(light, 1.0), LARGEST_GAIN)
    # Lamplight is made a little whiter; a yellow form stays a yellow form.
    even = gain.mean(axis=2, keepdims=True)
    gain = np.clip(gain, even * (1 - LARGEST_TINT), even * (1 + LARGEST_TINT))
    spread = cv2.resize(gain.astype(np.float32), flat.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return sheets.as_pixels(cv2.multiply(flat, spread, dtype=cv2.CV_8U))


def is_card(flat: Pixels) -> bool:
    """Tell whether this has the shape of an identity card: those are coloured on purpose."""
    short, long = sorted(flat.shape[:2])
    return bool(abs(long / short / CARD_RATIO - 1) < NEAR / 2)


def light_on(flat: Pixels) -> tuple[NDArray[np.float32], float]:
    """Return the colour of bare paper block by block, and the share of blocks with bare paper.

    Blocks full of something else (a photo, a stamp, a coloured field) take their light from the
    paper around them, so that what is printed there keeps its own darkness.
    """
    long = max(flat.shape[:2])
    size = (
        max(4, round(flat.shape[1] / long * BLOCKS * 8)),
        max(4, round(flat.shape[0] / long * BLOCKS * 8)),
    )
    small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
    # The brightest of each neighbourhood is paper, wherever words leave some of it free.
    brightest = cv2.medianBlur(cv2.dilate(small, sheets.disc(7)), 9)
    blocks = cv2.resize(
        brightest, (max(1, size[0] // 8), max(1, size[1] // 8)), interpolation=cv2.INTER_AREA
    ).astype(np.float32)
    is_paper = paper_in(blocks)
    weight = is_paper.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), 1.5)
    near = cv2.GaussianBlur(blocks * weight[..., None], (0, 0), 1.5)
    wide_total = cv2.GaussianBlur(weight, (0, 0), 10) + np.float32(1e-4)
    wide = cv2.GaussianBlur(blocks * weight[..., None], (0, 0), 10) / wide_total[..., None]
    trust = np.clip(total * 2, 0, 1)[..., None]
    light = near / np.maximum(total, np.float32(1e-4))[..., None] * trust + wide * (1 - trust)
    return np.asarray(light, np.float32), float(is_paper.mean())


def paper_in(blocks: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell of each block whether bare paper shows in it.

    Paper has the tint that most of the sheet has and is not much darker than the paper around.
    """
    grey = blocks.mean(axis=2)
    tint = blocks / np.maximum(grey, 1.0)[..., None]
    bright = grey > np.percentile(grey, 60) * 0.75
    usual = np.median(tint[bright], axis=0)
    is_tinted_alike = np.abs(tint - usual).max(axis=2) < SAME_TINT
    around = cv2.dilate(cv2.medianBlur(grey, 5), sheets.disc(7))
    is_pale = bool(np.abs(usual - 1).max() < 0.2)
    return np.asarray(is_tinted_alike & (grey > around * 0.72) & is_pale, np.bool_)
