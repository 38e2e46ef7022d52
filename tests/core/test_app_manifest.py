"""The portal on a home screen: what an iPhone asks for before it tells of news."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from PIL import Image

from portal.core import paths
from portal.core.app_manifest import ICONS
from portal.dev import icons
from tests.client import PortalClient

BLUE, WHITE = (0x1A, 0x3D, 0xA5), (255, 255, 255)
TOUCH = ("img/apple-touch-icon.png", "180x180", "any")


def test_each_page_names_the_manifest_and_the_icon_of_the_iphone(client: PortalClient) -> None:
    page = client.get("/hilfe").text
    assert '<link rel="manifest" href="/portal.webmanifest">' in page
    assert '<link rel="apple-touch-icon" href="/static/img/apple-touch-icon.png' in page


def test_the_manifest_says_what_an_iphone_needs(app: Flask, client: PortalClient) -> None:
    """Given iOS 16.4, then push needs a name, a start, a display of its own and icons."""
    answer = client.get("/portal.webmanifest")
    assert answer.content_type == "application/manifest+json; charset=utf-8"
    said = json.loads(answer.text)
    assert said["name"] == app.config["SETTINGS"].jobcenter_name
    assert (said["display"], said["start_url"], said["scope"]) == ("standalone", "/", "/")
    for icon in said["icons"]:
        assert urlsplit(icon["src"]).netloc == ""
        with client.get(icon["src"]) as found:
            assert (found.status_code, found.content_type) == (200, "image/png")
    assert {"any", "maskable"} == {icon["purpose"] for icon in said["icons"]}


def test_the_policy_lets_the_manifest_and_the_worker_load(client: PortalClient) -> None:
    policy = client.get("/hilfe").headers["Content-Security-Policy"]
    assert "manifest-src 'self'" in policy
    assert "worker-src 'self'" in policy


@pytest.mark.parametrize(("name", "sizes", "_purpose"), [*ICONS, TOUCH])
def test_the_icons_are_the_mark_of_the_house(name: str, sizes: str, _purpose: str) -> None:
    with Image.open(paths.STATIC / name) as icon:
        assert f"{icon.width}x{icon.height}" == sizes
        seen = icon.convert("RGBA")
    side = seen.width
    assert seen.getpixel((side // 2, side // 10))[:3] == BLUE
    assert seen.getpixel((side // 2, side // 2))[:3] == WHITE


@pytest.mark.parametrize("name", ["img/app-maskable-512.png", "img/apple-touch-icon.png"])
def test_what_a_telephone_cuts_to_shape_has_its_ground_up_to_the_edge(name: str) -> None:
    with Image.open(paths.STATIC / name) as icon:
        corners = {(x, y) for x in (0, icon.width - 1) for y in (0, icon.height - 1)}
        assert {icon.convert("RGBA").getpixel(at) for at in corners} == {(*BLUE, 255)}


def test_they_can_be_drawn_anew(tmp_path: Path) -> None:
    """Given another mark, then one command draws them all."""
    for drawn in icons.draw(tmp_path):
        with Image.open(drawn) as new, Image.open(paths.STATIC / "img" / drawn.name) as old:
            assert new.size == old.size
