"""Second factors, passkeys, devices, events, imports and further configuration of pools."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "user_import_jobs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_user_import_jobs_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_user_import_jobs"),
    )
    op.create_index(
        "ix_user_import_jobs_pool_id_created_id",
        "user_import_jobs",
        ["pool_id", "created", "id"],
        unique=False,
    )
    op.create_index("ix_user_import_jobs_status", "user_import_jobs", ["status"], unique=False)
    op.create_table(
        "user_pool_assets",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_user_pool_assets_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "id", name="pk_user_pool_assets"),
    )
    op.create_table(
        "user_pool_documents",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["user_pools.id"],
            name="fk_user_pool_documents_pool_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "kind", "key", name="pk_user_pool_documents"),
    )
    op.create_table(
        "auth_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_auth_events_pool_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_auth_events_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_auth_events"),
    )
    op.create_index("ix_auth_events_created", "auth_events", ["created"], unique=False)
    op.create_index("ix_auth_events_pool_id", "auth_events", ["pool_id"], unique=False)
    op.create_index(
        "ix_auth_events_user_id_created_id",
        "auth_events",
        ["user_id", "created", "id"],
        unique=False,
    )
    op.create_table(
        "devices",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("device_key", sa.String(), nullable=False),
        sa.Column("group_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_verifier", sa.LargeBinary(), nullable=True),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("attributes", DOCUMENT, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_authenticated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_devices_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "device_key", name="pk_devices"),
    )
    op.create_index(
        "ix_devices_user_id_last_authenticated",
        "devices",
        ["user_id", "last_authenticated"],
        unique=False,
    )
    op.create_table(
        "linked_identities",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_linked_identities_pool_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_linked_identities_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "provider", "attribute", "value", name="pk_linked_identities"
        ),
    )
    op.create_index("ix_linked_identities_user_id", "linked_identities", ["user_id"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("relying_party_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("friendly_name", sa.String(), nullable=False),
        sa.Column("transports", DOCUMENT, nullable=False),
        sa.Column("attachment", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_passkeys_pool_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_passkeys_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "credential_id", name="pk_passkeys"),
    )
    op.create_index(
        "ix_passkeys_user_id_credential_id", "passkeys", ["user_id", "credential_id"], unique=False
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_recovery_codes_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_recovery_codes"),
    )
    op.create_table(
        "software_tokens",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_pending", sa.LargeBinary(), nullable=True),
        sa.Column("friendly_name", sa.String(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_software_tokens_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_software_tokens"),
    )
    # Whoever is signed in at the hosted pages signs in once more.
    op.drop_table("browser_sessions")
    op.create_table(
        "browser_sessions",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("factors", DOCUMENT, nullable=False),
        sa.Column("last_active", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_browser_sessions_pool_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_browser_sessions_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id_hash", name="pk_browser_sessions"),
        sa.UniqueConstraint("session_id", name="uq_browser_sessions_session_id"),
    )
    for column in ("expires", "pool_id", "user_id"):
        op.create_index(f"ix_browser_sessions_{column}", "browser_sessions", [column])
    for column in (
        sa.Column("factors", DOCUMENT, nullable=False, server_default="[]"),
        sa.Column("device_key", sa.String(), nullable=True),
        sa.Column("browser_session_id", sa.String(), nullable=True),
        sa.Column(
            "last_active",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default="1970-01-01 00:00:00",
        ),
        sa.Column("address", sa.String(), nullable=False, server_default=""),
        sa.Column("user_agent", sa.String(), nullable=False, server_default=""),
    ):
        op.add_column("refresh_families", column)
    op.execute("UPDATE refresh_families SET last_active = created")
    op.create_index("ix_refresh_families_pool_id", "refresh_families", ["pool_id"])
    op.add_column(
        "authorization_codes",
        sa.Column("factors", DOCUMENT, nullable=False, server_default="[]"),
    )
    op.add_column(
        "authorization_codes", sa.Column("browser_session_id", sa.String(), nullable=True)
    )
    op.add_column("users", sa.Column("mfa", DOCUMENT, nullable=False, server_default="{}"))


def downgrade() -> None:
    raise NotImplementedError("the way back is a backup of the database")
