"""The device profile of a person: how the last rehearsal went, for them and for their officer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.models import Citizen
from portal.consultations import nodes, roles
from portal.consultations.models import TakingPart
from portal.consultations.service import Door
from portal.consultations.waiting_models import DeviceProfile, Rung
from portal.media import tickets
from portal.media.tickets import Right

KEPT_FOR = timedelta(days=180)
"""Devices and lines change; what is older says nothing about the next talk."""

ECHO = "echo:"
"""A room whose name begins so has one person, who sees and hears themselves."""

_IN_THE_ECHO = frozenset(right.value for right in (Right.ENTER, Right.AUDIO, Right.VIDEO))


@dataclass(frozen=True)
class Measured:
    """What the page of the rehearsal has measured; units as in `DeviceProfile`."""

    camera_ok: bool
    sound_ok: bool
    rung: Rung
    rtt_ms: int | None
    loss_percent: float | None
    kbit_s: int | None


def keep(
    session: Session, *, citizen: Citizen, measured: Measured, browser: str, now: datetime
) -> DeviceProfile:
    """Keep the result in the place of the one before."""
    profile = session.get(DeviceProfile, citizen.id, with_for_update=True)
    if profile is None:
        profile = DeviceProfile(citizen_id=citizen.id)
        session.add(profile)
    profile.camera_ok, profile.sound_ok = measured.camera_ok, measured.sound_ok
    profile.rung = measured.rung
    profile.rtt_ms, profile.loss_percent = measured.rtt_ms, measured.loss_percent
    profile.kbit_s = measured.kbit_s
    profile.browser, profile.measured_at = browser, now
    return profile


def forget(session: Session, *, citizen: Citizen) -> None:
    """Forget the profile: its owner wants it, and needs no reason."""
    session.execute(delete(DeviceProfile).where(DeviceProfile.citizen_id == citizen.id))


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget every profile that has become too old."""
    session.execute(delete(DeviceProfile).where(DeviceProfile.measured_at < now - KEPT_FOR))


def of(session: Session, citizen_id: UUID) -> DeviceProfile | None:
    """Return the profile of a citizen, for themselves and for the officers of their talk."""
    return session.get(DeviceProfile, citizen_id)


def way_of(profile: DeviceProfile | None) -> TakingPart:
    """Return how somebody takes part who has chosen nothing: as their rehearsal went, or as usual.

    Nothing is switched on by that: camera and microphone are asked for when the talk begins.
    """
    return profile.best_way if profile else TakingPart.VIDEO


def echo_door(session: Session, *, by: roles.Person, now: datetime, keys: tuple[str, ...]) -> Door:
    """Open a room of one person, in which one meets oneself; nothing of it is written down."""
    node = nodes.for_rehearsal(session, now=now)
    ticket = tickets.Ticket(
        id=uuid4().hex,
        room=f"{ECHO}{uuid4()}",
        participant=roles.participant_of(by),
        name=roles.name_of(by),
        role=roles.media_role(by),
        rights=_IN_THE_ECHO,
        node=node.id,
    )
    return Door(node, tickets.issue(ticket, keys=keys))


def for_officer(profile: DeviceProfile | None) -> str:
    """Say in a few words what the officer can count on; nothing when nobody has tried."""
    if profile is None:
        return ""
    sound = profile.sound_ok and profile.rung != Rung.NOTHING
    picture = profile.camera_ok and profile.rung == Rung.VIDEO
    if sound and picture:
        return str(gettext("Ton und Bild sicher"))
    if sound:
        return str(gettext("Ton sicher, Video unsicher"))
    return str(gettext("Ton unsicher, Anruf bereithalten"))


def for_citizen(profile: DeviceProfile | None) -> str:
    """Say what the rehearsal has shown."""
    if profile is None:
        return ""
    if profile.rung == Rung.NOTHING or not profile.sound_ok:
        return str(gettext("Bei Ihrer Probe ging der Ton nicht. Lassen Sie sich lieber anrufen."))
    if profile.rung == Rung.AUDIO:
        return str(gettext("Bei Ihrer Probe ging Ton gut, Video war unsicher."))
    if not profile.camera_ok:
        return str(gettext("Bei Ihrer Probe ging alles gut, nur ohne eigene Kamera."))
    return str(gettext("Bei Ihrer Probe gingen Bild und Ton gut."))
