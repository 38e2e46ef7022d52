"""accounts: sessions as rows, second factors, passkeys, steps, levels of trust."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_keys"
down_revision = "0010_representations"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "contact_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > asked_at", name=op.f("ck_contact_changes_expires_later")),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_contact_changes_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_changes")),
    )
    op.create_index(
        "ix_contact_changes_citizen_id", "contact_changes", ["citizen_id"], unique=False
    )
    op.create_table(
        "provider_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_provider_identities_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_identities")),
        sa.UniqueConstraint(
            "issuer", "subject", name=op.f("uq_provider_identities_issuer_subject")
        ),
    )
    op.create_index(
        "ix_provider_identities_citizen_id", "provider_identities", ["citizen_id"], unique=False
    )
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sealed_fields", sa.String(), nullable=False),
        sa.Column("had_files", sa.Boolean(), nullable=False),
        sa.Column("representation_id", sa.Uuid(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(citizen_id, staff_member_id) = 1", name=op.f("ck_kept_forms_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_kept_forms_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_kept_forms_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
    )
    op.create_index("ix_kept_forms_expires_at", "kept_forms", ["expires_at"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.JSONB(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(citizen_id, staff_member_id) = 1", name=op.f("ck_passkeys_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_passkeys_citizen_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_passkeys_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index("ix_passkeys_citizen_id", "passkeys", ["citizen_id"], unique=False)
    op.create_index("ix_passkeys_staff_member_id", "passkeys", ["staff_member_id"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(citizen_id, staff_member_id) = 1",
            name=op.f("ck_recovery_codes_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_recovery_codes_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_recovery_codes_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_citizen_id", "recovery_codes", ["citizen_id"], unique=False)
    op.create_index(
        "ix_recovery_codes_staff_member_id", "recovery_codes", ["staff_member_id"], unique=False
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stepped_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(40), nullable=True),
        sa.Column("provider_session", sa.String(), nullable=True),
        sa.Column("representation_id", sa.Uuid(), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_sessions_ended_pair")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_sessions_level")),
        sa.CheckConstraint(
            "num_nonnulls(citizen_id, staff_member_id) = 1", name=op.f("ck_sessions_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_sessions_citizen_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["representation_id"],
            ["representations.id"],
            name=op.f("fk_sessions_representation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_sessions_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sessions_secret_hash")),
    )
    op.create_index("ix_sessions_citizen_id", "sessions", ["citizen_id", "seen_at"], unique=False)
    op.create_index(
        op.f("ix_sessions_provider_session"), "sessions", ["provider_session"], unique=False
    )
    op.create_index(
        "ix_sessions_staff_member_id", "sessions", ["staff_member_id", "seen_at"], unique=False
    )
    op.create_table(
        "sign_in_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("kept", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_sign_in_steps_expires_later")),
        sa.CheckConstraint(
            "num_nonnulls(citizen_id, staff_member_id) < 2",
            name=op.f("ck_sign_in_steps_at_most_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_sign_in_steps_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_sign_in_steps_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_steps")),
    )
    op.create_index("ix_sign_in_steps_expires_at", "sign_in_steps", ["expires_at"], unique=False)
    op.create_table(
        "totp_factors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("citizen_id", sa.Uuid(), nullable=True),
        sa.Column("staff_member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(citizen_id, staff_member_id) = 1", name=op.f("ck_totp_factors_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"],
            ["citizens.id"],
            name=op.f("fk_totp_factors_citizen_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_totp_factors_staff_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp_factors")),
        sa.UniqueConstraint("citizen_id", name=op.f("uq_totp_factors_citizen_id")),
        sa.UniqueConstraint("staff_member_id", name=op.f("uq_totp_factors_staff_member_id")),
    )
    op.add_column("citizens", sa.Column("mobile", sa.String(), nullable=True))
    op.add_column("citizens", sa.Column("level", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("citizens", "level", server_default=None)
    op.add_column("citizens", sa.Column("identified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("citizens", sa.Column("identified_how", sa.String(40), nullable=True))
    op.add_column("citizens", sa.Column("customer_number", sa.String(), nullable=True))
    op.alter_column("citizens", "email", existing_type=sa.String(), nullable=True)
    op.alter_column("citizens", "password_hash", existing_type=sa.String(), nullable=True)
    op.create_unique_constraint(
        op.f("uq_citizens_customer_number"), "citizens", ["customer_number"]
    )
    op.create_unique_constraint(op.f("uq_citizens_mobile"), "citizens", ["mobile"])
    op.create_check_constraint(op.f("ck_citizens_level"), "citizens", "level BETWEEN 1 AND 3")
    op.create_check_constraint(
        op.f("ck_citizens_identified"), "citizens", "(level = 1) = (identified_at IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_citizens_identified_pair"),
        "citizens",
        "num_nonnulls(identified_at, identified_how) IN (0, 2)",
    )
    op.drop_column("citizens", "session_key")
    op.add_column("secret_links", sa.Column("change_id", sa.Uuid(), nullable=True))
    op.add_column("secret_links", sa.Column("staff_member_id", sa.Uuid(), nullable=True))
    op.alter_column("secret_links", "citizen_id", existing_type=sa.Uuid(), nullable=True)
    op.create_index(
        "ix_secret_links_staff_member_id",
        "secret_links",
        ["staff_member_id", "purpose"],
        unique=False,
    )
    op.create_foreign_key(
        op.f("fk_secret_links_change_id"),
        "secret_links",
        "contact_changes",
        ["change_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_secret_links_staff_member_id"),
        "secret_links",
        "staff_members",
        ["staff_member_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.alter_column("staff_members", "password_hash", existing_type=sa.String(), nullable=True)
    op.drop_column("staff_members", "session_key")
    op.create_check_constraint(
        op.f("ck_secret_links_one_owner"),
        "secret_links",
        "num_nonnulls(citizen_id, staff_member_id) = 1",
    )


def downgrade() -> None:
    """Take away."""
    op.drop_constraint(op.f("ck_secret_links_one_owner"), "secret_links", type_="check")
    op.execute("DELETE FROM secret_links WHERE citizen_id IS NULL")
    op.execute("UPDATE staff_members SET password_hash = '!' WHERE password_hash IS NULL")
    op.execute("UPDATE citizens SET password_hash = '!' WHERE password_hash IS NULL")
    op.execute("UPDATE citizens SET email = id || '@invalid' WHERE email IS NULL")
    op.add_column(
        "staff_members", sa.Column("session_key", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("staff_members", "session_key", server_default=None)
    op.alter_column("staff_members", "password_hash", existing_type=sa.String(), nullable=False)
    op.drop_constraint(op.f("fk_secret_links_staff_member_id"), "secret_links", type_="foreignkey")
    op.drop_constraint(op.f("fk_secret_links_change_id"), "secret_links", type_="foreignkey")
    op.drop_index("ix_secret_links_staff_member_id", table_name="secret_links")
    op.alter_column("secret_links", "citizen_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_column("secret_links", "staff_member_id")
    op.drop_column("secret_links", "change_id")
    op.add_column(
        "citizens", sa.Column("session_key", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("citizens", "session_key", server_default=None)
    op.drop_constraint(op.f("ck_citizens_identified_pair"), "citizens", type_="check")
    op.drop_constraint(op.f("ck_citizens_identified"), "citizens", type_="check")
    op.drop_constraint(op.f("ck_citizens_level"), "citizens", type_="check")
    op.drop_constraint(op.f("uq_citizens_mobile"), "citizens", type_="unique")
    op.drop_constraint(op.f("uq_citizens_customer_number"), "citizens", type_="unique")
    op.alter_column("citizens", "password_hash", existing_type=sa.String(), nullable=False)
    op.alter_column("citizens", "email", existing_type=sa.String(), nullable=False)
    op.drop_column("citizens", "customer_number")
    op.drop_column("citizens", "identified_how")
    op.drop_column("citizens", "identified_at")
    op.drop_column("citizens", "level")
    op.drop_column("citizens", "mobile")
    op.drop_table("totp_factors")
    op.drop_index("ix_sign_in_steps_expires_at", table_name="sign_in_steps")
    op.drop_table("sign_in_steps")
    op.drop_index("ix_sessions_staff_member_id", table_name="sessions")
    op.drop_index(op.f("ix_sessions_provider_session"), table_name="sessions")
    op.drop_index("ix_sessions_citizen_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_recovery_codes_staff_member_id", table_name="recovery_codes")
    op.drop_index("ix_recovery_codes_citizen_id", table_name="recovery_codes")
    op.drop_table("recovery_codes")
    op.drop_index("ix_passkeys_staff_member_id", table_name="passkeys")
    op.drop_index("ix_passkeys_citizen_id", table_name="passkeys")
    op.drop_table("passkeys")
    op.drop_index("ix_kept_forms_expires_at", table_name="kept_forms")
    op.drop_table("kept_forms")
    op.drop_index("ix_provider_identities_citizen_id", table_name="provider_identities")
    op.drop_table("provider_identities")
    op.drop_index("ix_contact_changes_citizen_id", table_name="contact_changes")
    op.drop_table("contact_changes")
