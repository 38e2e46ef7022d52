"""The call page as tests see it: who is shown, over which path, in which colour."""

import itertools
import re
import time
from typing import Any

from playwright.sync_api import Page, expect

PATIENCE = 30.0
CONNECTS_WITHIN = 90_000

# A canvas painted anew ten times a second, so that there are frames to send.
SEND_COLOUR = """
colour => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 320, height: 240});
  const brush = canvas.getContext("2d");
  let step = 0;
  setInterval(() => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 320, 240);
    brush.fillStyle = "#808080";
    brush.fillRect(step++ % 300, 230, 10, 10);
  }, 100);
  return window.consultation.send("video", canvas.captureStream(10).getVideoTracks()[0]);
}
"""

SEEN_COLOUR = """
participant => {
  const video = window.consultation.video(participant);
  const canvas = Object.assign(document.createElement("canvas"), {width: 32, height: 24});
  const brush = canvas.getContext("2d");
  brush.drawImage(video, 0, 0, 32, 24);
  return [...brush.getImageData(16, 10, 1, 1).data].slice(0, 3);
}
"""

LOUDNESS = """
async participant => {
  const stream = window.consultation.video(participant).srcObject;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let turn = 0; turn < 30; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples.map(Math.abs));
  }
  await context.close();
  return loudest;
}
"""


# When somebody's pictures were shown, by the clock of the page (milliseconds since 1970).
WATCH = """
participant => {
  window.pictures = [];
  let before = 0;
  setInterval(() => {
    const shown = window.consultation?.video(participant)?.getVideoPlaybackQuality();
    if (!shown || shown.totalVideoFrames === before) return;
    before = shown.totalVideoFrames;
    if (before > 0) window.pictures.push(Date.now());
  }, 20);
}
"""

BACK_WITHIN = 5.0
"""Seconds without pictures that a reload, another network or a killed process may cost."""
BUSY = 3.0
"""Seconds more on a machine on which three browsers and other tests share two processors."""


class CallPage:
    """One side of a call."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def wait_until_connected(self) -> None:
        """Wait for the path to stand, however slow a busy machine makes it."""
        expect(self.page.locator("[data-connection]")).to_have_attribute(
            "data-state", re.compile("^(connected|slow)$"), timeout=CONNECTS_WITHIN
        )

    def stats(self) -> dict[str, Any]:
        return dict(self.page.evaluate("() => window.consultation.stats()"))

    def the_other(self) -> str:
        """Wait until the keys of a sealed call are agreed and somebody is received; say who."""
        deadline = time.monotonic() + PATIENCE
        while not (people := self.stats()["people"]):
            assert time.monotonic() < deadline, self.stats()
            self.page.wait_for_timeout(200)
        (other,) = people
        return str(other)

    def frames_of(self, participant: str) -> int:
        return int(self.stats()["people"].get(participant, {}).get("framesDecoded", 0))

    def wait_for_frames_of(self, participant: str) -> None:
        """Wait until more frames of somebody are decoded than before."""
        before = self.frames_of(participant)
        deadline = time.monotonic() + PATIENCE
        while self.frames_of(participant) < before + 10:
            assert time.monotonic() < deadline, self.stats()
            self.page.wait_for_timeout(200)

    def watch(self, participant: str) -> None:
        """Note from now on, until the page is loaded again, when pictures of somebody are shown."""
        self.page.wait_for_function("() => window.consultation")
        self.page.evaluate(WATCH, participant)

    def pictures(self) -> list[float]:
        """Return when pictures were shown, in seconds since 1970."""
        return [moment / 1000 for moment in self.page.evaluate("() => window.pictures")]

    def is_back_soon(self, since: float) -> None:
        """Wait until pictures have been shown for two seconds again; fail if that took long."""
        deadline = time.monotonic() + PATIENCE
        while not (after := [it for it in self.pictures() if it > since]) or (
            after[-1] - max(after[0], since) < 2 or len(after) < 10
        ):
            assert time.monotonic() < deadline, self.stats()
            self.page.wait_for_timeout(200)
        missing = max(later - it for it, later in itertools.pairwise([since, *after]))
        assert missing < BACK_WITHIN + BUSY

    def send_colour(self, colour: str) -> None:
        self.page.evaluate(SEND_COLOUR, colour)

    def wait_for_colour(self, participant: str, red: int, green: int, blue: int) -> None:
        self.page.wait_for_function(
            f"([who, wanted]) => ({SEEN_COLOUR})(who)"
            ".every((part, index) => Math.abs(part - wanted[index]) < 40)",
            arg=[participant, [red, green, blue]],
        )

    def loudness_of(self, participant: str) -> float:
        """Return the loudest sample that arrives from somebody within three seconds."""
        return float(self.page.evaluate(LOUDNESS, participant))

    def say(self, text: str) -> None:
        self.open_panel("Chat")
        self.page.get_by_label("Nachricht schreiben").fill(text)
        self.page.get_by_role("button", name="Senden").click()

    def wait_for_message(self, text: str) -> None:
        self.page.locator("[data-chat-list] li", has_text=text).wait_for(state="attached")

    def open_panel(self, name: str) -> None:
        button = self.page.locator(".call__bar").get_by_role("button", name=name)
        if button.get_attribute("aria-expanded") == "false":
            button.click()
