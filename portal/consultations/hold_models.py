"""Who is on hold in a talk, as media reported it last."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Model


class TalkHold(Model):
    """Whether one person was in the lobby of the room at `at`; an older report changes nothing."""

    __tablename__ = "talk_holds"

    consultation_id: Mapped[UUID] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE"), primary_key=True
    )
    participant: Mapped[str] = mapped_column(primary_key=True)
    is_held: Mapped[bool]
    at: Mapped[datetime]
