"""Draw the icons of the home screen from the mark of the house: `python -m portal.dev.icons`.

The mark is `static/img/favicon.svg`. An icon that a telephone cuts to its own shape („maskable“),
and the one of an iPhone, which knows no transparency, have the ground up to the edge; of the first,
what counts lies in the middle four fifths (W3C Web Application Manifest, „safe zone“).
"""

import base64
import re
import sys
from io import BytesIO
from pathlib import Path

import pypdfium2
from weasyprint import HTML

from portal.core import paths
from portal.core.app_manifest import MARK

_PAGE = """<style>@page {{ size: {side}px; margin: 0 }}
body {{ margin: 0; background: {ground} }}
img {{ display: block; margin: {edge}px; width: {width}px }}
</style><img src="data:image/svg+xml;base64,{mark}" alt="">"""


def draw(folder: Path) -> list[Path]:
    """Draw each icon into a folder; return what was drawn."""
    mark = (paths.STATIC / "img" / "favicon.svg").read_text("utf-8")
    bare = re.sub(r' rx="\d+"', "", mark)
    return [
        _drawn(folder / "app-192.png", mark, side=192),
        _drawn(folder / "app-512.png", mark, side=512),
        _drawn(folder / "app-maskable-512.png", bare, side=512, edge=51, ground=MARK),
        _drawn(folder / "apple-touch-icon.png", bare, side=180, ground=MARK),
    ]


def _drawn(path: Path, mark: str, *, side: int, edge: int = 0, ground: str = "transparent") -> Path:
    page = _PAGE.format(
        side=side,
        edge=edge,
        width=side - 2 * edge,
        ground=ground,
        mark=base64.b64encode(mark.encode()).decode(),
    )
    pdf = pypdfium2.PdfDocument(BytesIO(HTML(string=page).write_pdf()))
    clear = (0, 0, 0, 0)
    # A CSS pixel is three quarters of a point of the PDF.
    drawn = pdf[0].render(scale=4 / 3, fill_color=clear, maybe_alpha=True, rev_byteorder=True)
    picture = drawn.to_pil()
    if ground != "transparent":
        picture = picture.convert("RGB")
    picture.crop((0, 0, side, side)).save(path, optimize=True)
    return path


if __name__ == "__main__":
    for drawn in draw(paths.STATIC / "img"):
        sys.stdout.write(f"{drawn.name}\n")
