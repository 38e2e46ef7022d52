"""core: the vault; files are named by their row there, no more by their key in the store."""

import sqlalchemy as sa
from alembic import op

revision = "0016_vault"
down_revision = "0015_invitations"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "stored_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
    )
    op.create_index("ix_stored_files_holder", "stored_files", ["holder_id"])
    op.create_index(
        "ix_stored_files_plain", "stored_files", ["id"], postgresql_where="wrapped_key IS NULL"
    )
    op.create_table(
        "vault_keys",
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(sealed IS NULL) = (destroyed_at IS NOT NULL)",
            name=op.f("ck_vault_keys_sealed_or_destroyed"),
        ),
        sa.PrimaryKeyConstraint("holder_id", name=op.f("pk_vault_keys")),
    )
    op.create_table(
        "stored_pieces",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_files.id"],
            name=op.f("fk_stored_pieces_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_stored_pieces")),
        sa.UniqueConstraint("key", name=op.f("uq_stored_pieces_key")),
    )
    _name_originals()
    _name_copies()
    _name_pages()


def _name(table: str, column: str, key: str, holder: str, *, size: str, sha256: str) -> None:
    """Give each file that `key` names a row, and the row's id to `column`; it is plain so far."""
    op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
    op.execute(f"UPDATE {table} SET {column} = gen_random_uuid() WHERE {key} IS NOT NULL")
    op.execute(
        "INSERT INTO stored_files (id, holder_id, size, sha256, made_at)"
        f" SELECT t.{column}, {holder}, {size}, {sha256}, d.received_at FROM {table} t"
        f" JOIN documents d ON d.id = {'t.id' if table == 'documents' else 't.document_id'}"
        f" WHERE t.{key} IS NOT NULL"
    )
    op.execute(
        "INSERT INTO stored_pieces (file_id, number, key, size)"
        f" SELECT t.{column}, 0, t.{key}, {size} FROM {table} t WHERE t.{key} IS NOT NULL"
    )
    op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, "stored_files", [column], ["id"])


def _name_originals() -> None:
    _name("document_originals", "file_id", "key", "d.case_id", size="t.size", sha256="t.sha256")
    op.alter_column("document_originals", "file_id", nullable=False)


def _name_copies() -> None:
    """What the office has made itself is original and copy in one: it is named once."""
    op.add_column("documents", sa.Column("own_file_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE documents d SET own_file_id = o.file_id, served_key = NULL"
        " FROM document_originals o WHERE o.document_id = d.id AND o.key = d.served_key"
    )
    _name("documents", "served_file_id", "served_key", "d.case_id", size="0", sha256="NULL")
    op.execute("UPDATE documents SET served_file_id = own_file_id WHERE own_file_id IS NOT NULL")
    op.drop_column("documents", "own_file_id")
    op.drop_column("documents", "served_key")
    op.create_check_constraint(
        op.f("ck_documents_served_pair"),
        "documents",
        "(served_file_id IS NULL) = (served_content_type IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_documents_shown_is_prepared"),
        "documents",
        "state NOT IN ('in_review', 'accepted') OR served_file_id IS NOT NULL",
    )
    op.drop_column("document_originals", "key")


def _name_pages() -> None:
    """Say which page of which original each picture shows: photos have one page each."""
    for column, key in (("image_file_id", "image_key"), ("thumbnail_file_id", "thumbnail_key")):
        _name("document_pages", column, key, "d.case_id", size="0", sha256="NULL")
        op.alter_column("document_pages", column, nullable=False)
        op.drop_column("document_pages", key)
    op.add_column("document_pages", sa.Column("original_id", sa.Uuid(), nullable=True))
    op.add_column(
        "document_pages",
        sa.Column("original_page", sa.Integer(), server_default="1", nullable=False),
    )
    op.add_column(
        "document_pages", sa.Column("rotation", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute(
        "UPDATE document_pages p SET original_id = o.id,"
        " original_page = CASE WHEN n.many = 1 THEN p.number ELSE 1 END"
        " FROM document_originals o,"
        " (SELECT document_id, count(*) AS many FROM document_originals GROUP BY document_id) n"
        " WHERE n.document_id = p.document_id AND o.document_id = p.document_id"
        " AND o.number = CASE WHEN n.many = 1 THEN 1 ELSE least(p.number, n.many) END"
    )
    for column in ("original_page", "rotation"):
        op.alter_column("document_pages", column, server_default=None)
    op.alter_column("document_pages", "original_id", nullable=False)
    op.create_index("ix_document_pages_original", "document_pages", ["original_id"])
    op.create_foreign_key(
        op.f("fk_document_pages_original_id"),
        "document_pages",
        "document_originals",
        ["original_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_document_pages_quarter_turns"), "document_pages", "rotation IN (0, 90, 180, 270)"
    )
    op.drop_constraint("uq_document_pages_document_id_number", "document_pages")
    op.create_unique_constraint(
        "uq_document_pages_document_id_number",
        "document_pages",
        ["document_id", "number"],
        deferrable=True,
        initially="DEFERRED",
    )


def downgrade() -> None:
    """Take away; the state before cannot read what is encrypted by now."""
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM stored_files WHERE wrapped_key IS NOT NULL) THEN"
        " RAISE EXCEPTION 'files are encrypted: the schema before 0016 cannot read them';"
        " END IF; END $$"
    )
    op.drop_constraint("uq_document_pages_document_id_number", "document_pages")
    op.create_unique_constraint(
        "uq_document_pages_document_id_number", "document_pages", ["document_id", "number"]
    )
    for column in ("original_id", "original_page", "rotation"):
        op.drop_column("document_pages", column)
    for table, column, key in (
        ("document_pages", "image_file_id", "image_key"),
        ("document_pages", "thumbnail_file_id", "thumbnail_key"),
        ("document_originals", "file_id", "key"),
        ("documents", "served_file_id", "served_key"),
    ):
        op.add_column(table, sa.Column(key, sa.String(), nullable=True))
        op.execute(
            f"UPDATE {table} t SET {key} = p.key FROM stored_pieces p WHERE p.file_id = t.{column}"
        )
        op.drop_column(table, column)
        if table != "documents":
            op.alter_column(table, key, nullable=False)
    op.create_check_constraint(
        op.f("ck_documents_served_pair"),
        "documents",
        "(served_key IS NULL) = (served_content_type IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_documents_shown_is_prepared"),
        "documents",
        "state NOT IN ('in_review', 'accepted') OR served_key IS NOT NULL",
    )
    op.drop_table("stored_pieces")
    op.drop_table("vault_keys")
    op.drop_table("stored_files")
