"""The media processes: which there are, how busy they are, and which talk lives in which."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Model


class MediaNode(Model):
    """One media process, as it last reported itself.

    `load` is the share of its processor in use, 0 to 1, `lag` how late its loop was at worst, in
    seconds. `draining` is set by the operator, `leaving` by the process itself on its way out:
    neither takes new talks, those that run are finished.
    """

    __tablename__ = "media_nodes"
    __table_args__ = (
        CheckConstraint("load >= 0", name="load"),
        CheckConstraint("lag >= 0", name="lag"),
        CheckConstraint("rooms >= 0 AND people >= 0", name="counts"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    internal_url: Mapped[str]
    load: Mapped[float]
    lag: Mapped[float] = mapped_column(default=0.0)
    rooms: Mapped[int]
    people: Mapped[int]
    heartbeat_at: Mapped[datetime]
    draining: Mapped[bool] = mapped_column(default=False)
    leaving: Mapped[bool] = mapped_column(default=False)


class RoomPin(Model):
    """In which node a talk lives; the lease is the heartbeat of the node (`nodes.LEASE`)."""

    __tablename__ = "room_pins"
    __table_args__ = (
        Index("ix_room_pins_node_id", "node_id"),
        Index("ix_room_pins_pinned_at", "pinned_at"),
    )

    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE"), primary_key=True
    )
    node_id: Mapped[str] = mapped_column(ForeignKey("media_nodes.id", ondelete="CASCADE"))
    pinned_at: Mapped[datetime]
