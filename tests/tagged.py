"""Look into the structure of a PDF as a screen reader would (ISO 14289-1, PDF/UA-1).

It asks what a machine can ask of our own letters, after the Matterhorn protocol: marked as PDF/UA,
language and title, one tree of tags that holds all content, headings in order, cells that know
their headers, pictures with words, links with words, fonts embedded.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

HEADINGS = {f"/H{level}": level for level in range(1, 7)}
SHOWS_TEXT = {"Tj", "TJ", "'", '"'}


@dataclass
class Tagged:
    """What was found: the headings as levels, the kinds of tags, and what is wrong."""

    headings: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    pages: int = 0


def look(content: bytes) -> Tagged:
    """Return the structure of a PDF; `faults` is empty for one that reads well."""
    found = Tagged()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        found.pages = len(pdf.pages)
        _document(pdf, found)
        if "/StructTreeRoot" in pdf.Root:
            for element in _elements(pdf.Root.StructTreeRoot.get("/K")):
                _element(element, found)
        for number, page in enumerate(pdf.pages, start=1):
            _page(page, number, found)
    _order(found)
    return found


def _document(pdf: pikepdf.Pdf, found: Tagged) -> None:
    root = pdf.Root
    if not root.get("/MarkInfo", {}).get("/Marked"):
        found.faults.append("not marked as tagged")
    if not str(root.get("/Lang", "")).startswith("de"):
        found.faults.append("language is not German")
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        found.faults.append("the title is not shown")
    with pdf.open_metadata() as about:
        if about.get("pdfuaid:part") != "1":
            found.faults.append("does not say that it is PDF/UA-1")
        if not about.get("dc:title"):
            found.faults.append("has no title")


def _elements(kids: Any) -> Iterator[pikepdf.Dictionary]:
    """Return every element of the tree, in reading order."""
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _elements(kid.get("/K", pikepdf.Array()))


def _element(element: pikepdf.Dictionary, found: Tagged) -> None:
    kind = str(element.S)
    found.tags.append(kind)
    if kind in HEADINGS:
        found.headings.append(HEADINGS[kind])
    if kind == "/TD" and not _attribute(element, "/Headers"):
        found.faults.append("a cell without its headers")
    if kind == "/Figure" and not (element.get("/Alt") or element.get("/ActualText")):
        found.faults.append("a picture without words")
    if kind == "/Table" and "/TH" not in {str(one.S) for one in _elements(element.K)}:
        found.faults.append("a table without header cells")


def _attribute(element: pikepdf.Dictionary, name: str) -> Any:
    given = element.get("/A", pikepdf.Array())
    for one in given if isinstance(given, pikepdf.Array) else [given]:
        if isinstance(one, pikepdf.Dictionary) and name in one:
            return one[name]
    return None


def _page(page: pikepdf.Page, number: int, found: Tagged) -> None:
    depth = 0
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        depth += operator in {"BDC", "BMC"}
        depth -= operator == "EMC"
        if operator in SHOWS_TEXT and depth < 1:
            found.faults.append(f"page {number}: text outside of the tags")
            break
    for link in page.get("/Annots", []):
        if not (link.get("/Contents") or "/StructParent" in link):
            found.faults.append(f"page {number}: a link without words")
    for font in (page.get("/Resources", {}).get("/Font") or {}).values():
        if not _is_embedded(font):
            found.faults.append(f"page {number}: a font that is not inside")


def _is_embedded(font: pikepdf.Dictionary) -> bool:
    inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    about = inner.get("/FontDescriptor", {})
    return any(name in about for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def _order(found: Tagged) -> None:
    if found.headings[:1] != [1] or found.headings.count(1) != 1:
        found.faults.append("not one first heading at the top")
    for above, below in zip(found.headings, found.headings[1:], strict=False):
        if below > above + 1:
            found.faults.append(f"after a heading {above} comes a {below}")
