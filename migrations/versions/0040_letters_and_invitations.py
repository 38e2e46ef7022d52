"""letters with facts of delivery, consent to the portal; invitations, summonses, hearings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040_letters_and_invitations"
down_revision = "0037_kinds"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "portal_consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_name", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_name IS NULL)",
            name=op.f("ck_portal_consents_withdrawn_pair"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_portal_consents_citizen_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_consents")),
    )
    op.create_index("ix_portal_consents_citizen", "portal_consents", ["citizen_id", "given_at"])
    op.create_index(
        "uq_portal_consents_in_force",
        "portal_consents",
        ["citizen_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True, start=1001), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_name", sa.String(), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("notice_path", sa.String(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notification_id", sa.Uuid(), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_notification_id", sa.Uuid(), nullable=True),
        sa.Column("second_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("first_viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_viewed_by_name", sa.String(), nullable=True),
        sa.Column("downloaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("print_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("print_reason", sa.String(40), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("printed_by_name", sa.String(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("posted_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "provided_at IS NULL OR way = 'portal'", name=op.f("ck_letters_provided_in_portal")
        ),
        sa.CheckConstraint(
            "way <> 'portal' OR kind = 'invitation' OR consent_id IS NOT NULL",
            name=op.f("ck_letters_portal_has_consent"),
        ),
        sa.CheckConstraint(
            "(document_id IS NULL) = (filed_at IS NULL)", name=op.f("ck_letters_filed_pair")
        ),
        sa.CheckConstraint(
            "(posted_on IS NULL) = (posted_by_name IS NULL)", name=op.f("ck_letters_posted_pair")
        ),
        sa.CheckConstraint(
            "(print_asked_at IS NULL) = (print_reason IS NULL)",
            name=op.f("ck_letters_print_asked_pair"),
        ),
        sa.CheckConstraint(
            "(printed_at IS NULL) = (printed_by_name IS NULL)", name=op.f("ck_letters_printed_pair")
        ),
        sa.CheckConstraint(
            "notified_at IS NULL OR notification_id IS NOT NULL",
            name=op.f("ck_letters_notified_pair"),
        ),
        sa.CheckConstraint(
            "posted_on IS NULL OR printed_at IS NOT NULL", name=op.f("ck_letters_posted_is_printed")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_letters_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_letters_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["portal_consents.id"], name=op.f("fk_letters_consent_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_letters_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["messages.id"], name=op.f("fk_letters_notification_id")
        ),
        sa.ForeignKeyConstraint(
            ["second_notification_id"],
            ["messages.id"],
            name=op.f("fk_letters_second_notification_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("number", name=op.f("uq_letters_number")),
    )
    op.create_index("ix_letters_case", "letters", ["case_id", "written_at"])
    op.create_index("ix_letters_citizen", "letters", ["citizen_id", "written_at"])
    op.create_index(
        "ix_letters_to_print",
        "letters",
        ["print_asked_at"],
        postgresql_where=sa.text("print_asked_at IS NOT NULL AND posted_on IS NULL"),
    )
    op.create_index(
        "ix_letters_unread",
        "letters",
        ["notified_at"],
        postgresql_where=sa.text(
            "way = 'portal' AND first_viewed_at IS NULL AND print_asked_at IS NULL"
        ),
    )
    op.create_table(
        "hearings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("planned", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("is_personal", sa.Boolean(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.Column("answer_until", sa.Date(), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(), nullable=True),
        sa.Column("answer_papers", postgresql.JSONB(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_name", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_hearings_closed_has_time")
        ),
        sa.CheckConstraint(
            "state <> 'answered' OR answered_at IS NOT NULL OR booking_id IS NOT NULL",
            name=op.f("ck_hearings_answered_somehow"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_name IS NULL)", name=op.f("ck_hearings_closed_pair")
        ),
        sa.CheckConstraint(
            "num_nonnulls(answer, answered_at, answered_by_name) IN (0, 3)",
            name=op.f("ck_hearings_answered"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["staff_members.id"], name=op.f("fk_hearings_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_hearings_booking_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_hearings_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_hearings_citizen_id")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_hearings_letter_id")),
        sa.ForeignKeyConstraint(
            ["type_id"], ["appointment_types.id"], name=op.f("fk_hearings_type_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearings")),
    )
    op.create_index("ix_hearings_case", "hearings", ["case_id", "asked_at"])
    op.create_index("ix_hearings_citizen", "hearings", ["citizen_id", "asked_at"])
    op.create_index(
        "ix_hearings_open", "hearings", ["answer_until"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("answer_until", sa.Date(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("held_booking_id", sa.Uuid(), nullable=True),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by_id", sa.Uuid(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'booked') = (booking_id IS NOT NULL)",
            name=op.f("ck_invitations_booked_has_booking"),
        ),
        sa.CheckConstraint(
            "(state IN ('invited', 'reminded')) = (ended_at IS NULL)",
            name=op.f("ck_invitations_ended_has_time"),
        ),
        sa.CheckConstraint(
            "held_booking_id IS NULL OR state IN ('invited', 'reminded')",
            name=op.f("ck_invitations_held_while_open"),
        ),
        sa.CheckConstraint(
            "state <> 'reminded' OR reminded_at IS NOT NULL",
            name=op.f("ck_invitations_reminded_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_invitations_booking_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_invitations_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_invitations_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["held_booking_id"],
            ["bookings.id"],
            name=op.f("fk_invitations_held_booking_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["staff_members.id"], name=op.f("fk_invitations_invited_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_invitations_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["type_id"], ["appointment_types.id"], name=op.f("fk_invitations_type_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_case", "invitations", ["case_id", "invited_at"])
    op.create_index(op.f("ix_invitations_held_booking_id"), "invitations", ["held_booking_id"])
    op.create_index("ix_invitations_invited_at", "invitations", ["invited_at"])
    op.create_index(
        "ix_invitations_open",
        "invitations",
        ["answer_until"],
        postgresql_where=sa.text("state IN ('invited', 'reminded')"),
    )
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["citizen_id", "type_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('invited', 'reminded')"),
    )
    op.create_table(
        "summonses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("law_from", sa.Date(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("reason_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_by_name", sa.String(), nullable=True),
        sa.Column("reason_papers", postgresql.JSONB(), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'issued') = (ended_at IS NULL)", name=op.f("ck_summonses_ended_has_time")
        ),
        sa.CheckConstraint(
            "(reason IS NULL) = (reason_at IS NULL)", name=op.f("ck_summonses_reason_pair")
        ),
        sa.CheckConstraint(
            "(reason_at IS NULL) = (reason_by_name IS NULL)",
            name=op.f("ck_summonses_reason_by_pair"),
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR reason IS NOT NULL", name=op.f("ck_summonses_decided_has_reason")
        ),
        sa.CheckConstraint(
            "num_nonnulls(decided_at, decided_by_name, is_accepted) IN (0, 3)",
            name=op.f("ck_summonses_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_summonses_booking_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_summonses_case_id")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_summonses_citizen_id")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["staff_members.id"], name=op.f("fk_summonses_issued_by_id")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_summonses_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summonses")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_summonses_booking_id")),
    )
    op.create_index("ix_summonses_case", "summonses", ["case_id", "issued_at"])
    op.create_index("ix_summonses_citizen", "summonses", ["citizen_id", "issued_at"])
    op.create_index("ix_summonses_issued_at", "summonses", ["issued_at"])
    op.add_column(
        "bookings",
        sa.Column("is_summons", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.alter_column("bookings", "is_summons", server_default=None)
    op.create_check_constraint(
        op.f("ck_bookings_chosen_is_no_summons"),
        "bookings",
        "NOT (is_summons AND chosen_by_citizen)",
    )
    op.create_check_constraint(
        op.f("ck_bookings_summons_in_person"), "bookings", "NOT is_summons OR channel = 'office'"
    )


def downgrade() -> None:
    """Take away."""
    op.drop_constraint(op.f("ck_bookings_summons_in_person"), "bookings")
    op.drop_constraint(op.f("ck_bookings_chosen_is_no_summons"), "bookings")
    op.drop_column("bookings", "is_summons")
    op.drop_index("ix_summonses_issued_at", "summonses")
    op.drop_index("ix_summonses_citizen", "summonses")
    op.drop_index("ix_summonses_case", "summonses")
    op.drop_table("summonses")
    op.drop_index("uq_invitations_open", "invitations")
    op.drop_index("ix_invitations_open", "invitations")
    op.drop_index("ix_invitations_invited_at", "invitations")
    op.drop_index(op.f("ix_invitations_held_booking_id"), "invitations")
    op.drop_index("ix_invitations_case", "invitations")
    op.drop_table("invitations")
    op.drop_index("ix_hearings_open", "hearings")
    op.drop_index("ix_hearings_citizen", "hearings")
    op.drop_index("ix_hearings_case", "hearings")
    op.drop_table("hearings")
    op.drop_index("ix_letters_unread", "letters")
    op.drop_index("ix_letters_to_print", "letters")
    op.drop_index("ix_letters_citizen", "letters")
    op.drop_index("ix_letters_case", "letters")
    op.drop_table("letters")
    op.drop_index("uq_portal_consents_in_force", "portal_consents")
    op.drop_index("ix_portal_consents_citizen", "portal_consents")
    op.drop_table("portal_consents")
