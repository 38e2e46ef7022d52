"""Telling right away what makes a photo hard to read, while the paper still lies on the table."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from portal.papers.limits import Flaw
from portal.papers.opening import sheets, straightening
from portal.papers.opening.sheets import Pixels

WORKING_SIDE = 1600
SMALL_SIDE, TINY_SIDE = 1000, 100
DARK = 70
TILE = 40
LEAST_CONTRAST = 5.0
BLURRED = 0.07
CUT_SHARE, CUT_SIDE = 0.2, 0.06
CUT_CONTRAST = 30


def flaws_in(image: Image.Image) -> list[Flaw]:
    """Return the flaws of a decoded photo of any size."""
    found = [Flaw.VERY_SMALL] if max(image.size) < SMALL_SIDE else []
    if min(image.size) < TINY_SIDE:
        return found
    photo, _ = sheets.smaller(np.asarray(image.convert("RGB")), WORKING_SIDE)
    sheet = sheets.find(photo)
    is_whole = sheet is not None and sheet.is_sure
    seen = straightening.flattened(photo, sheet.corners) if sheet and is_whole else photo
    grey = sheets.as_pixels(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY))
    if np.percentile(grey, 90) < DARK:
        found.append(Flaw.TOO_DARK)
    if sharpness(grey) < BLURRED:
        found.append(Flaw.BLURRED)
    if not is_whole and is_cut_off(photo):
        found.append(Flaw.CUT_OFF_CORNER)
    return found


def sharpness(grey: Pixels) -> float:
    """Return how sharp the words are: the variance of the Laplacian against that of the light.

    It is taken tile by tile, where something stands at all, so that neither a half-empty sheet nor
    a dark one seems blurred. A picture without anything on it counts as sharp.
    """
    calm = cv2.GaussianBlur(grey, (0, 0), 0.8).astype(np.float32)
    curved = cv2.Laplacian(calm, cv2.CV_32F)
    rows, columns = grey.shape[0] // TILE, grey.shape[1] // TILE

    def spread(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        tiles = picture[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE)
        return np.asarray(tiles.var(axis=(1, 3)), np.float32)

    contrast = spread(calm)
    written = contrast > LEAST_CONTRAST**2
    if not written.any():
        return float("inf")
    return float(np.median(spread(np.asarray(curved, np.float32))[written] / contrast[written]))


def is_cut_off(photo: Pixels) -> bool:
    """Tell whether a sheet runs out of the picture: one side beyond its rim, a table beside it."""
    small, _ = sheets.smaller(photo, sheets.WORKING_SIDE)
    slopes = cv2.dilate(sheets.slopes_of(small), sheets.disc(5))
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    plain = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, sheets.disc(21))
    _, bright = cv2.threshold(plain, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, sheets.disc(15))
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return False
    largest = max(contours, key=cv2.contourArea)
    hull = cv2.contourArea(cv2.convexHull(largest))
    share = cv2.contourArea(largest) / plain.size
    if not CUT_SHARE < share < 0.95 or cv2.contourArea(largest) < 0.9 * hull:
        return False
    points = largest.reshape(-1, 2)
    height, width = plain.shape
    at_rim = (
        (points[:, 0] <= 1)
        | (points[:, 1] <= 1)
        | (points[:, 0] >= width - 2)
        | (points[:, 1] >= height - 2)
    )
    inner = points[~at_rim]
    if at_rim.sum() < CUT_SIDE * min(height, width) or len(inner) < 0.3 * min(height, width):
        return False
    contrast = float(plain[bright > 0].mean() - plain[bright == 0].mean())
    is_edge = float((slopes[inner[:, 1], inner[:, 0]] > 0.15).mean())
    return contrast > CUT_CONTRAST and is_edge > 0.85
