"""More people in a call: pages that join with tickets of their own, sealed like the others."""

from typing import Any
from uuid import UUID, uuid4

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from portal.appointments.models import Booking
from portal.consultations.models import Consultation
from portal.media.tickets import Ticket, issue
from tests.e2e.office import Office

JOIN = """
async ({url, token, you, colour, seals}) => {
  if (!seals) delete window.RTCRtpScriptTransform;
  const from = "/static/js/consultation/";
  const { Signalling } = await import(from + "signalling.js");
  const { Peer } = await import(from + "peer.js");
  const { Sealing } = await import(from + "sealing/sealing.js");
  const signalling = new Signalling({ url, ticket: async () => token });
  const sealing = new Sealing(signalling, { you });
  const peer = new Peer(signalling, { sealing });
  const log = (window.guest = { signalling, sealing, peer, people: [], states: [], frames: {} });
  sealing.addEventListener("change", ({ detail }) => {
    log.states.push(detail.state);
    peer.applySealing();
  });
  signalling.addEventListener("people", ({ detail }) => (log.people = detail.people));
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  const brush = canvas.getContext("2d");
  let step = 0;
  setInterval(() => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 640, 360);
    brush.fillStyle = "#808080";
    brush.fillRect((step++ * 7) % 600, 330, 20, 20);
  }, 100);
  const stream = canvas.captureStream(10);
  const sound = new AudioContext();
  const ear = sound.createMediaStreamDestination();
  new OscillatorNode(sound, { frequency: 440 }).connect(ear);
  stream.addTrack(ear.stream.getAudioTracks()[0]);
  signalling.start();
  await peer.start(stream);
}
"""

SHARE = """
(colour) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const brush = canvas.getContext("2d");
  let step = 0;
  setInterval(() => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1280, 720);
    brush.fillStyle = "#202020";
    brush.font = "48px sans-serif";
    brush.fillText(`Bescheid vom 27. November, Zeile ${step++}`, 120, 200);
  }, 200);
  return window.guest.peer.replaceTrack("screen", canvas.captureStream(5).getVideoTracks()[0]);
}
"""


def talk_of(office: Office, booking: Booking) -> UUID:
    """Return the id of the talk of a booking, which is also its room in the media process."""
    return office.do(
        lambda session: session.scalars(
            select(Consultation.id).where(Consultation.booking_id == booking.id)
        ).one()
    )


def join(
    office: Office,
    chromium: Browser,
    booking: Booking,
    *,
    name: str,
    role: str,
    colour: str,
    rights: frozenset[str],
    seals: bool = True,
) -> Page:
    """Let another person join the call of a booking."""
    context = chromium.new_context(base_url=office.base_url, bypass_csp=True)
    page = context.new_page()
    page.goto("/anmelden")
    you = f"guest:{name}"
    token = issue(
        Ticket(
            id=uuid4().hex,
            room=str(talk_of(office, booking)),
            participant=you,
            name=name,
            role=role,
            rights=rights,
        ),
        keys=office.settings.ticket_keys,
    )
    arguments: dict[str, Any] = {
        "url": f"{office.settings.media_url}/medien/ws",
        "token": token,
        "you": you,
        "colour": colour,
        "seals": seals,
    }
    page.evaluate(JOIN, arguments)
    return page
