"""PDFs are tagged, and making one never fetches anything."""

import io
import socketserver
import threading
from collections.abc import Iterator

import pikepdf
import pytest
from flask import Flask, render_template_string

from portal.core import pdf

LETTER = """{% extends "layouts/pdf.html" %}
{% block title %}Probe{% endblock %}
{% block content %}<h1>Probe</h1><p>Grüße aus dem Büro</p>{{ extra }}{% endblock %}"""

TRAP = "geheim-4711"


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Listen on loopback and remember who called."""
    calls: list[bytes] = []

    class Remember(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            calls.append(self.request.recv(200))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Remember) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", calls
        server.shutdown()


def test_a_letter_is_tagged(app: Flask) -> None:
    with app.test_request_context():
        data = pdf.from_html(render_template_string(LETTER, extra=""))
    with pikepdf.open(io.BytesIO(data)) as document:
        assert document.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang).startswith("de")
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert str(document.docinfo["/Title"]).startswith("Probe")


@pytest.mark.parametrize(
    "trap",
    [
        '<img src="{url}/a.png">',
        '<link rel="stylesheet" href="{url}/a.css">',
        "<style>@import url({url}/b.css);</style>",
        "<style>p {{ background: url({url}/c.png) }}</style>",
        "<style>@font-face {{ font-family: x; src: url({url}/d) }} p {{ font: 1em x }}</style>",
        '<object data="{url}/e.svg"></object>',
        '<embed src="{url}/f.svg">',
        '<link rel="attachment" href="{file}">',
        '<a rel="attachment" href="{file}">x</a>',
        '<img src="{file}">',
        '<svg><image href="{url}/g.png" /></svg>',
    ],
)
def test_nothing_is_fetched(
    app: Flask,
    listener: tuple[str, list[bytes]],
    tmp_path_factory: pytest.TempPathFactory,
    trap: str,
) -> None:
    url, calls = listener
    secret = tmp_path_factory.mktemp("trap") / "secret.txt"
    secret.write_text(TRAP)
    html = (
        f"<html lang=de><title>x</title><body><p>x</p>{trap.format(url=url, file=secret.as_uri())}"
    )
    with app.test_request_context():
        data = pdf.from_html(html)
    assert calls == []
    with pikepdf.open(io.BytesIO(data)) as document:
        assert not document.attachments
    assert TRAP.encode() not in data
