"""Which media process has which talk: nodes report themselves, the database pins each room to one.

A node lives as long as its heartbeat is younger than `LEASE`. A room stays where it is while its
node lives, also one that takes no new rooms; when the node dies, the next ticket names another one
and all who come after it follow. So they do when it is leaving and nobody is in the room any more.
Without any report there is the one node of the settings. Which node is chosen: `node_rules`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Interval, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.accounts.models import StaffMember
from portal.audit import service as audit
from portal.consultations import node_rules
from portal.consultations.models import Consultation, ConsultationState, Presence
from portal.consultations.node_models import MediaNode, RoomPin
from portal.core.errors import InvalidInput, NotFound

LEASE = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=2)

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# They stand in a header (CSP): nothing that could end a word or a rule there.
_PUBLIC = re.compile(r"wss?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._/-]*)?")
_INTERNAL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._/-]*)?")


@dataclass(frozen=True)
class Node:
    """Where a room is: the name in the ticket (empty for any), the addresses for page and web."""

    id: str
    url: str
    internal_url: str


def report(session: Session, *, data: Mapping[str, object], at: datetime) -> None:
    """Take the heartbeat of a node; an older one than the last changes nothing.

    `stopped` is the last one: whoever asks for a ticket afterwards is sent elsewhere at once.
    """
    values = _read(data)
    is_last = data.get("stopped") is True
    if is_last:
        at = at - LEASE  # it shows everybody out now: the lease ends with the last word
    row = insert(MediaNode).values(**values, heartbeat_at=at, draining=False)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[MediaNode.id],
            set_={name: row.excluded[name] for name in (*values, "heartbeat_at") if name != "id"},
            where=None if is_last else MediaNode.heartbeat_at <= row.excluded.heartbeat_at,
        )
    )


def _read(data: Mapping[str, object]) -> dict[str, object]:
    """Check what a node says of itself; its addresses are those set for its name, if any."""
    id = data.get("node")
    url, internal = _addresses(id if isinstance(id, str) else "", data)
    if not (
        isinstance(id, str)
        and _ID.fullmatch(id)
        and isinstance(url, str)
        and _PUBLIC.fullmatch(url)
        and isinstance(internal, str)
        and _INTERNAL.fullmatch(internal)
    ):
        raise InvalidInput("Der Bericht des Videoservers ist unvollständig.")
    return {
        "id": id,
        "url": url.rstrip("/"),
        "internal_url": internal.rstrip("/"),
        "load": _number(data.get("load", data.get("cpu")), at_most=1000.0),
        "lag": _number(data.get("loop_lag"), at_most=1000.0),
        "rooms": int(_number(data.get("rooms"), at_most=1e6)),
        "people": int(_number(data.get("people"), at_most=1e6)),
        "leaving": data.get("draining") is True,
    }


def _addresses(id: str, data: Mapping[str, object]) -> tuple[object, object]:
    """Return the public and the internal address of a node, of the settings before its own word."""
    settings = current_app.config["SETTINGS"]
    for entry in settings.media_nodes:
        name, _, addresses = entry.partition("=")
        if name == id:
            public, _, internal = addresses.partition("|")
            return public, internal or settings.media_internal_url
    return (
        data.get("url") or settings.media_url,
        data.get("internal_url") or settings.media_internal_url,
    )


def _number(value: object, *, at_most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return min(max(float(value), 0.0), at_most) if value == value else 0.0  # noqa: PLR0124 (NaN)


def home(session: Session, *, consultation_id: UUID, now: datetime) -> Node:
    """Return where this talk lives; choose and pin when it lives nowhere or its node has died.

    The row of the talk is locked, so that two who come at once go to the same place.
    """
    living = _living(session, now=now)
    if not living:
        return default()
    session.execute(
        select(Consultation.id).where(Consultation.id == consultation_id).with_for_update()
    )
    pin = session.get(RoomPin, consultation_id, populate_existing=True)
    kept = next((one for one in living if pin and one.id == pin.node_id), None)
    if kept and kept.leaving and not _has_people(session, consultation_id):
        kept = None  # it opens no room again
    chosen = kept or _chosen(session, living, now=now)
    if kept is None:
        row = insert(RoomPin).values(
            consultation_id=consultation_id, node_id=chosen.id, pinned_at=now
        )
        session.execute(
            row.on_conflict_do_update(
                index_elements=[RoomPin.consultation_id],
                set_={"node_id": chosen.id, "pinned_at": now},
            )
        )
    return _node(chosen)


def for_rehearsal(session: Session, *, now: datetime) -> Node:
    """Return the node for a room of one person, which nobody else has to find."""
    living = _living(session, now=now)
    return _node(_chosen(session, living, now=now)) if living else default()


def where(session: Session, *, consultation_id: UUID) -> Node:
    """Return where commands for this talk go; living or not, it is the last place known."""
    found = session.scalar(
        select(MediaNode)
        .join(RoomPin, RoomPin.node_id == MediaNode.id)
        .where(RoomPin.consultation_id == consultation_id)
    )
    return _node(found) if found else default()


def default() -> Node:
    """Return the one node that the settings name."""
    settings = current_app.config["SETTINGS"]
    return Node("", settings.media_url, settings.media_internal_url)


def public_urls(session: Session, *, now: datetime) -> list[str]:
    """Return the addresses to which pages of a call may connect, should their node change."""
    return [node.url for node in _living(session, now=now)]


def _living(session: Session, *, now: datetime) -> Sequence[MediaNode]:
    return session.scalars(
        select(MediaNode).where(MediaNode.heartbeat_at > now - LEASE).order_by(MediaNode.id)
    ).all()


def _has_people(session: Session, consultation_id: UUID) -> bool:
    """Tell whether somebody is in the room: a node tells of all who came before it is leaving."""
    there = select(Presence.id).where(
        Presence.consultation_id == consultation_id, Presence.left_at.is_(None)
    )
    return bool(session.scalar(select(there.exists())))


def _chosen(session: Session, living: Sequence[MediaNode], *, now: datetime) -> MediaNode:
    """Choose a node; one at a time, so that each sees where the one before was sent."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("media nodes", 0))))
    promised = _promised(session, now=now)
    standings = [
        node_rules.Standing(
            id=one.id,
            load=one.load,
            lag=one.lag,
            rooms=one.rooms,
            promised=promised.get(one.id, 0),
            is_open=not (one.draining or one.leaving),
        )
        for one in living
    ]
    id = node_rules.choose(standings).id
    return next(one for one in living if one.id == id)


def _promised(session: Session, *, now: datetime) -> dict[str, int]:
    """Count the rooms of each node that were pinned to it and are in no heartbeat yet."""
    found = session.execute(
        select(RoomPin.node_id, func.count().label("rooms"))
        .join(MediaNode, MediaNode.id == RoomPin.node_id)
        .where(
            RoomPin.pinned_at > MediaNode.heartbeat_at - literal(node_rules.ENTERING, Interval),
            RoomPin.pinned_at > now - LEASE - node_rules.ENTERING,  # what the index can find
        )
        .group_by(RoomPin.node_id)
        .order_by(RoomPin.node_id)
    )
    return {row.node_id: row.rooms for row in found}


def _node(row: MediaNode) -> Node:
    return Node(row.id, row.url, row.internal_url)


# Operations


def all_nodes(session: Session) -> Sequence[tuple[MediaNode, int]]:
    """Return every node with the number of talks that are pinned to it and not over."""
    pinned = (
        select(func.count())
        .select_from(RoomPin)
        .join(Consultation, Consultation.id == RoomPin.consultation_id)
        .where(RoomPin.node_id == MediaNode.id, Consultation.state != ConsultationState.ENDED)
        .scalar_subquery()
    )
    rows = session.execute(select(MediaNode, pinned).order_by(MediaNode.id))
    return [(node, count) for node, count in rows]


def is_living(node: MediaNode, *, now: datetime) -> bool:
    """Tell whether the heartbeat of a node still holds its rooms."""
    return node.heartbeat_at > now - LEASE


def drain(session: Session, *, id: str, draining: bool, by: StaffMember, now: datetime) -> None:
    """Let a node take no new talks, or take some again; those that run stay."""
    node = session.scalar(select(MediaNode).where(MediaNode.id == id).with_for_update())
    if node is None:
        raise NotFound
    if node.draining == draining:
        return
    node.draining = draining
    deed = "consultation.node_drained" if draining else "consultation.node_opened"
    audit.record(session, deed=deed, subject=("media_node", id), by=by, now=now)


def forget(session: Session, *, now: datetime) -> None:
    """Let go of nodes that have been silent for two days."""
    silent = MediaNode.heartbeat_at < now - FORGOTTEN_AFTER
    session.execute(delete(MediaNode).where(silent))


def figures(session: Session, now: datetime) -> Iterator[Metric]:
    """Give load, talks and people of each node, and the age of its heartbeat in seconds."""
    families = {
        name: GaugeMetricFamily(f"portal_media_{name}", meaning, labels=["node"])
        for name, meaning in (
            ("load", "Last des Videoservers, 0 bis 1"),
            ("lag", "Verzug des Videoservers in Sekunden"),
            ("rooms", "Räume auf dem Videoserver"),
            ("people", "Personen auf dem Videoserver"),
            ("heartbeat_age_seconds", "Alter des letzten Lebenszeichens"),
        )
    }
    for node, _ in all_nodes(session):
        for name in ("load", "lag", "rooms", "people"):
            families[name].add_metric([node.id], getattr(node, name))
        age = (now - node.heartbeat_at).total_seconds()
        families["heartbeat_age_seconds"].add_metric([node.id], age)
    yield from families.values()
