"""Sending a file as a script of the browser does, in the words of tus 1.0.0."""

import base64
import hashlib
from typing import Any

from werkzeug.test import TestResponse

from tests.client import PortalClient

DOOR = "/unterlagen/hochladen"
VERSION = {"Tus-Resumable": "1.0.0"}
PART = "application/offset+octet-stream"


def metadata(**told: str) -> str:
    """Write `Upload-Metadata`."""
    return ",".join(
        f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in told.items()
    )


def summed(content: bytes, algorithm: str = "sha256") -> str:
    """Write `Upload-Checksum`."""
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


class Script:
    """The script of one open page: it has the token that the page was rendered with."""

    def __init__(self, client: PortalClient, basket: str = "unterlagen") -> None:
        self.client, self.basket = client, basket
        self._token = client.csrf_token()

    def headers(self, **more: Any) -> dict[str, str]:
        """Return what each request carries; `None` leaves a header out."""
        told = {**VERSION, "X-CSRFToken": self._token}
        told |= {name.replace("_", "-"): value for name, value in more.items()}
        return {name: str(value) for name, value in told.items() if value is not None}

    def begin(
        self,
        length: int,
        filename: str = "brief.pdf",
        filetype: str = "application/pdf",
        **told: str,
    ) -> TestResponse:
        """Begin an upload."""
        about = {"filename": filename, "filetype": filetype, "basket": self.basket, **told}
        return self.client.post(
            DOOR,
            headers=self.headers(Upload_Length=length, Upload_Metadata=metadata(**about)),
        )

    def begun(self, content: bytes, filename: str = "brief.pdf", **told: str) -> str:
        """Begin an upload of this content; return its address."""
        answer = self.begin(len(content), filename, **told)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def send(self, address: str, content: bytes, offset: int = 0, **more: Any) -> TestResponse:
        """Send a part."""
        more = {"Upload_Offset": offset, "Content_Type": PART, **more}
        return self.client.patch(address, data=content, headers=self.headers(**more))

    def offset(self, address: str) -> int:
        """Ask how much is there."""
        answer = self.client.head(address, headers=VERSION)
        assert answer.status_code == 200, answer.status
        return int(answer.headers["Upload-Offset"])

    def upload(self, content: bytes, filename: str = "brief.pdf", **told: str) -> str:
        """Send a whole file; return its id."""
        address = self.begun(content, filename, **told)
        answer = self.send(address, content)
        assert answer.status_code == 204, answer.text
        return address.rpartition("/")[2]

    def rows(self, basket: str | None = None) -> list[dict[str, Any]]:
        """Ask for the list of the basket."""
        answer = self.client.get(DOOR, query_string={"korb": basket or self.basket})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.get_json()["uploads"]
        return found
