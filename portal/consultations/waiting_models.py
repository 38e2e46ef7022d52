"""What somebody who waits is told, and what is known about the devices of a person."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.consultations.models import TakingPart
from portal.core.db import Model, enum_column, new_id


class Rung(StrEnum):
    """What a line has carried in the rehearsal, from the best down."""

    VIDEO = "video"
    AUDIO = "audio"
    NOTHING = "nothing"


class WaitingNotice(Model):
    """A ready-made sentence of the officer to everybody who waits for one talk (`notices`)."""

    __tablename__ = "waiting_notices"
    __table_args__ = (Index("ix_waiting_notices_order", "consultation_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE")
    )
    key: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))


class DeviceProfile(Model):
    """How the last rehearsal of a citizen went; the next one replaces it.

    Units: round trip in milliseconds, loss in percent of packets, rate in kilobits per second. The
    browser is a family name („Firefox“), never the whole line that a browser sends.
    """

    __tablename__ = "device_profiles"
    __table_args__ = (
        CheckConstraint("rtt_ms BETWEEN 0 AND 60000", name="rtt"),
        CheckConstraint("loss_percent BETWEEN 0 AND 100", name="loss"),
        CheckConstraint("kbit_s BETWEEN 0 AND 10000000", name="rate"),
    )

    citizen_id: Mapped[UUID] = mapped_column(
        ForeignKey("citizens.id", ondelete="CASCADE"), primary_key=True
    )
    camera_ok: Mapped[bool]
    sound_ok: Mapped[bool]
    rung: Mapped[Rung] = mapped_column(enum_column(Rung))
    rtt_ms: Mapped[int | None]
    loss_percent: Mapped[float | None]
    kbit_s: Mapped[int | None]
    browser: Mapped[str]
    measured_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def best_way(self) -> TakingPart:
        """Return the way of taking part that this equipment has shown to carry."""
        if self.rung != Rung.VIDEO:
            return TakingPart.AUDIO_ONLY
        return TakingPart.VIDEO if self.camera_ok else TakingPart.WITHOUT_CAMERA
