"""What the parent asks of the process that opens foreign files, as it stands in `order.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILENAME = "order.json"
NOT_WALLED = 77  # the exit code of a process that could not leave the network


@dataclass(frozen=True)
class Order:
    """The types of `in-1`, `in-2`, … and how the pages are wanted.

    `pages` names each wanted page by original, page of the original (both from 1) and quarter turns
    clockwise in degrees; None wants all pages as they come. `straighten` looks for the sheet of
    paper in a photo.
    """

    types: tuple[str, ...] = ()
    pages: tuple[tuple[int, int, int], ...] | None = None
    straighten: bool = True

    def write(self, folder: Path) -> None:
        """Put the order beside the files."""
        (folder / FILENAME).write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Order":
        """Read the order that stands beside the files."""
        found = json.loads((folder / FILENAME).read_text("utf-8"))
        pages = found["pages"]
        return cls(
            types=tuple(found["types"]),
            pages=None if pages is None else tuple((o, p, turn) for o, p, turn in pages),
            straighten=found["straighten"],
        )
