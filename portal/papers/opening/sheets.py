"""Finding the sheet of paper in a photo: four corners, and how sure that is.

Corners are only believed when three things agree: the shape is that of a sheet seen from any usual
side, a real edge runs along each of its four sides, and inside looks unlike outside. What is not
believed is not touched: a photo that stays as it was can still be read, a wrongly cut one cannot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Corners = NDArray[np.float32]

WORKING_SIDE = 800
SMALLEST_SHARE, LARGEST_SHARE = 0.12, 0.97
NARROWEST_ANGLE, WIDEST_ANGLE = 55.0, 125.0
LONGEST_RATIO = 3.2
SURE = 0.6
BRIGHT = 150


@dataclass(frozen=True)
class Sheet:
    """The corners of a sheet in pixels of the photo, clockwise from its top left."""

    corners: Corners
    confidence: float

    @property
    def is_sure(self) -> bool:
        """Tell whether the photo may be cut to these corners."""
        return self.confidence >= SURE

    @property
    def area(self) -> float:
        """Return the area in pixels of the photo."""
        return float(cv2.contourArea(self.corners))


def find(photo: Pixels) -> Sheet | None:
    """Return the likeliest sheet in an RGB photo, None where nothing looks like one."""
    small, scale = smaller(photo, WORKING_SIDE)
    slopes = slopes_of(small)
    seen = [
        Sheet(clockwise(corners) / np.float32(scale), confidence_in(corners, small, slopes))
        for mask in masks_of(small, slopes)
        for corners in four_corners_in(mask)
    ]
    sure = [sheet for sheet in seen if sheet.is_sure]
    if not sure:
        return max(seen, key=lambda sheet: sheet.confidence, default=None)
    # The largest: a dark head of a letter may look like the table, and must stay. Of those that
    # are as large the first, which follows the paper closest.
    largest = max(sheet.area for sheet in sure)
    return next(sheet for sheet in sure if sheet.area > 0.97 * largest)


def smaller(photo: Pixels, longest: int) -> tuple[Pixels, float]:
    """Return the photo with `longest` pixels on its long side, and the scale to it (at most 1)."""
    scale = min(1.0, longest / max(photo.shape[:2]))
    size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    return as_pixels(cv2.resize(photo, size, interpolation=cv2.INTER_AREA)), scale


def as_pixels(array: Any) -> Pixels:
    """Return an array of bytes."""
    return np.asarray(array, np.uint8)


def slopes_of(small: Pixels) -> NDArray[np.float32]:
    """Return how steep the strongest of the three colours is at each pixel (0–1)."""
    calm = cv2.bilateralFilter(small, 7, 40, 7).astype(np.float32)
    across = cv2.Sobel(calm, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(calm, cv2.CV_32F, 0, 1, scale=1 / 8)
    steep = np.hypot(across, down).max(axis=2)
    return np.asarray(np.clip(steep / 24, 0, 1), np.float32)


def masks_of(small: Pixels, slopes: NDArray[np.float32]) -> Iterator[Pixels]:
    """Yield black-and-white pictures in which the sheet may stand out as one white piece."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    # Words vanish in a closing, so that the sheet is one bright piece.
    plain = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, disc(21))
    # A shadow across the sheet is divided out before bright is told from dark.
    tiny, _ = smaller(as_pixels(plain), WORKING_SIDE // 8)
    light = cv2.resize(cv2.GaussianBlur(tiny, (0, 0), WORKING_SIDE / 40), plain.shape[::-1])
    even = as_pixels(np.clip(plain / np.maximum(light, 1.0) * 128, 0, 255))
    colour = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)[..., 1]
    pale = as_pixels(255 - cv2.medianBlur(colour, 15))
    for side in (plain, even, pale):
        _, bright = cv2.threshold(side, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        opened = cv2.morphologyEx(bright, cv2.MORPH_OPEN, disc(9))
        yield as_pixels(opened)
        yield as_pixels(255 - opened)
    for least in (0.5, 0.2):
        edges = as_pixels((slopes > least) * np.uint8(255))
        closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, disc(9))
        yield as_pixels(closed)
        yield enclosed_by(as_pixels(cv2.dilate(edges, disc(3))))


def disc(width: int) -> Any:
    """Return a round brush of `width` pixels."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))


def enclosed_by(edges: Pixels) -> Pixels:
    """Return what cannot be reached from the rim of the picture without crossing an edge."""
    framed = cv2.copyMakeBorder(edges, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(framed, None, (0, 0), 128)
    return as_pixels((framed[1:-1, 1:-1] != 128) * np.uint8(255))


def four_corners_in(mask: Pixels) -> Iterator[Corners]:
    """Yield the shapes of a mask that can be a sheet: four corners, none too sharp."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    area = mask.shape[0] * mask.shape[1]
    large = [one for one in contours if cv2.contourArea(one) > SMALLEST_SHARE * area * 0.8]
    for contour in sorted(large, key=cv2.contourArea, reverse=True)[:3]:
        hull = cv2.convexHull(contour)
        around = cv2.arcLength(hull, closed=True)
        for tolerance in (0.02, 0.035, 0.06):
            shape = cv2.approxPolyDP(hull, tolerance * around, closed=True)
            if len(shape) != 4:
                continue
            corners = settled(shape.reshape(4, 2).astype(np.float32), hull_points(contour))
            if is_sheet(corners, mask.shape[1], mask.shape[0]):
                yield corners
                break


def hull_points(contour: Any) -> NDArray[np.float32]:
    """Return the points of a contour, one a row."""
    return np.asarray(contour, np.float32).reshape(-1, 2)


def settled(corners: Corners, contour: NDArray[np.float32]) -> Corners:
    """Return the corners where the lines cross that run best along the four sides."""
    lines = [line_along(contour, corners[number], corners[(number + 1) % 4]) for number in range(4)]
    moved = np.array([crossing(lines[number - 1], lines[number]) for number in range(4)])
    far = np.hypot(*(moved - corners).T)
    return np.where((far < 0.05 * WORKING_SIDE)[:, None], moved, corners).astype(np.float32)


def line_along(
    contour: NDArray[np.float32], begin: NDArray[np.float32], end: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Fit a line (a·x + b·y = c) to the contour near the middle part of a side."""
    way = end - begin
    length = max(float(np.hypot(*way)), 1.0)
    along = (contour - begin) @ way / length**2
    aside = np.abs((contour - begin) @ np.array([-way[1], way[0]])) / length
    near = contour[(along > 0.08) & (along < 0.92) & (aside < 8)]
    if len(near) < 20:
        near = np.array([begin, end])
    x, y, at_x, at_y = np.asarray(
        cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01), np.float64
    ).ravel()
    return np.array([y, -x, y * at_x - x * at_y])


def crossing(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where two lines cross; far away when they do not."""
    both = np.array([first[:2], second[:2]])
    if abs(np.linalg.det(both)) < 1e-6:
        return np.array([np.inf, np.inf])
    return np.asarray(np.linalg.solve(both, [first[2], second[2]]), np.float64)


def is_sheet(corners: Corners, width: int, height: int) -> bool:
    """Tell whether four corners can be those of a sheet that lies wholly in the picture."""
    share = cv2.contourArea(corners) / (width * height)
    inside = (corners > -1).all() and (corners < np.array([width, height])).all()
    if not inside or not SMALLEST_SHARE < share < LARGEST_SHARE or not cv2.isContourConvex(corners):
        return False
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    if max(sides) > LONGEST_RATIO * min(sides):
        return False
    return all(NARROWEST_ANGLE < angle < WIDEST_ANGLE for angle in angles_of(corners))


def angles_of(corners: Corners) -> Iterator[float]:
    """Yield the angle at each corner, in degrees."""
    for number in range(4):
        before = corners[number - 1] - corners[number]
        after = corners[(number + 1) % 4] - corners[number]
        cosine = before @ after / max(float(np.hypot(*before) * np.hypot(*after)), 1e-6)
        yield float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def confidence_in(corners: Corners, small: Pixels, slopes: NDArray[np.float32]) -> float:
    """Return 0–1: how well edges run along the weakest side, and whether inside differs."""
    spread = cv2.dilate(slopes, disc(5))
    support = min(
        support_along(spread, corners[number], corners[(number + 1) % 4]) for number in range(4)
    )
    inside, outside = colours_across(corners, small)
    if is_box_on_paper(corners, inside, outside):
        return 0.0
    difference = float(np.abs(inside - outside).max(axis=1).min())
    return support * (0.5 + 0.5 * min(1.0, difference / 30))


def is_box_on_paper(
    corners: Corners, inside: NDArray[np.float64], outside: NDArray[np.float64]
) -> bool:
    """Tell whether the shape may be a field printed on a sheet that fills the picture.

    A darker field on something bright is one, and so is one that lies exactly level: no hand holds
    a phone so, but a scanner does.
    """
    if np.median(outside.mean(axis=1)) < BRIGHT:
        return False
    is_darker = bool((inside.mean(axis=1) < outside.mean(axis=1) + 6).any())
    ways = np.roll(corners, -1, axis=0) - corners
    off_level = np.abs(np.degrees(np.arctan2(ways[:, 1], ways[:, 0])) % 90)
    return is_darker or bool((np.minimum(off_level, 90 - off_level) < 0.5).all())


def support_along(
    slopes: NDArray[Any], begin: NDArray[np.float32], end: NDArray[np.float32]
) -> float:
    """Return the share (0–1) of a side along which a real edge runs."""
    steps = np.linspace(0.04, 0.96, 120)[:, None]
    points = (begin + (end - begin) * steps).round().astype(int)
    across = np.clip(points[:, 0], 0, slopes.shape[1] - 1)
    down = np.clip(points[:, 1], 0, slopes.shape[0] - 1)
    return float((slopes[down, across] > 0.15).mean())


def colours_across(
    corners: Corners, small: Pixels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the usual colour just inside and just outside of each side, one side a row."""
    middle = corners.mean(axis=0)
    rings = []
    for factor in (0.965, 1.035):
        ring = middle + (corners - middle) * np.float32(factor)
        rings.append(
            np.array([colour_along(small, ring[n], ring[(n + 1) % 4]) for n in range(4)], float)
        )
    return rings[0], rings[1]


def colour_along(
    small: Pixels, begin: NDArray[np.float32], end: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the median colour along a line, as far as it lies in the picture."""
    steps = np.linspace(0.1, 0.9, 60)[:, None]
    points = (begin + (end - begin) * steps).round().astype(int)
    points = np.clip(points, 0, [small.shape[1] - 1, small.shape[0] - 1])
    return np.asarray(np.median(small[points[:, 1], points[:, 0]], axis=0), np.float64)


def clockwise(corners: Corners) -> Corners:
    """Return the corners clockwise, the one nearest to the picture's top left first."""
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ordered = corners[np.argsort(angles)]
    first = int(np.argmin(ordered.sum(axis=1)))
    return np.roll(ordered, -first, axis=0)
