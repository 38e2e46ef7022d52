"""The rehearsal in a real browser and with the real media server: one meets oneself, later."""

import json
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from portal.accounts.models import Citizen
from portal.consultations import profiles
from portal.consultations.models import Presence
from tests.e2e.conftest import OpenPage
from tests.e2e.office import Office
from tests.factories import accounts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The camera of this test is one colour, so that what comes back is known by it.
COLOURED_CAMERA = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (!wanted.video) return real(wanted);
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
  const brush = canvas.getContext("2d");
  let step = 0;
  window.colour = "#e01020";
  setInterval(() => {
    brush.fillStyle = window.colour;
    brush.fillRect(0, 0, 320, 240);
    brush.fillStyle = "#808080";
    brush.fillRect(step++ % 300, 230, 10, 10);
  }, 50);
  return canvas.captureStream(20);
};
"""

RETURNED = """
([red, green, blue]) => {
  const video = document.querySelector("[data-echo-video]");
  if (!video.videoWidth) return false;
  const copy = new OffscreenCanvas(32, 24).getContext("2d");
  copy.drawImage(video, 0, 0, 32, 24);
  const seen = [...copy.getImageData(16, 10, 1, 1).data];
  return [red, green, blue].every((part, index) => Math.abs(part - seen[index]) < 40);
}
"""

SOUND = """
async () => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const { srcObject } = document.querySelector("[data-echo-video]");
  context.createMediaStreamSource(srcObject).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let turn = 0; turn < 30 && loudest < 0.01; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples.map(Math.abs));
  }
  await context.close();
  return loudest;
}
"""


@pytest.fixture
def citizen(office: Office) -> Citizen:
    return office.do(accounts.citizen)


def seconds(page: Page) -> float:
    return float(page.evaluate("performance.now()")) / 1000


def rooms(office: Office) -> dict[str, object]:
    with urlopen(f"{office.settings.media_internal_url}/medien/intern/zahlen", timeout=5) as answer:
        return dict(json.loads(answer.read())["rooms"])


def test_own_picture_and_sound_come_back_from_the_server_and_nothing_stays(
    office: Office, open_page: OpenPage, citizen: Citizen
) -> None:
    page = open_page(citizen, width=360, height=740)
    page.add_init_script(COLOURED_CAMERA)
    page.goto("/beratung/probe")
    page.get_by_role("button", name="Verbindung prüfen").click()
    expect(page.get_by_text("Verbunden. Wir messen ein paar Sekunden.")).to_be_visible()

    page.wait_for_function(RETURNED, arg=[0xE0, 0x10, 0x20], polling=50)
    page.evaluate("window.colour = '#1030e0'")
    changed = seconds(page)
    page.wait_for_function(RETURNED, arg=[0x10, 0x30, 0xE0], polling=50)
    assert 1.8 < seconds(page) - changed < 4
    assert page.evaluate(SOUND) > 0.01
    assert len(rooms(office)) == 1

    # The line is good enough, and that is kept for the next talk. Nothing else is.
    expect(page.get_by_text("Ihre Verbindung reicht für Bild und Ton.")).to_be_visible()
    expect(page.locator("[data-figure='rtt']")).to_contain_text("ms")
    page.wait_for_timeout(500)
    assert rooms(office) == {}
    page.reload()
    expect(page.get_by_role("heading", name="Ihre letzte Probe")).to_be_visible()
    profile = office.do(lambda session: profiles.of(session, citizen.id))
    assert profile is not None
    assert profile.camera_ok
    assert profile.sound_ok
    count = select(func.count()).select_from(Presence)
    assert office.do(lambda session: session.scalar(count)) == 0
