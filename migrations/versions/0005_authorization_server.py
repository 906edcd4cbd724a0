"""What an OpenID provider keeps: pushed requests, devices, consents, logout notices, key ages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def _client_of(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["client_id"],
        ["user_pool_clients.id"],
        name=f"fk_{table}_client_id",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    for table in ("refresh_families", "authorization_codes"):
        op.add_column(table, sa.Column("binding", DOCUMENT, nullable=False, server_default="{}"))
    op.add_column("user_pool_signing_keys", sa.Column("signs_since", MOMENT, nullable=True))
    op.add_column("user_pool_signing_keys", sa.Column("retires", MOMENT, nullable=True))
    op.execute("UPDATE user_pool_signing_keys SET signs_since = created WHERE position = 0")
    op.create_table(
        "pushed_requests",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        _client_of("pushed_requests"),
        sa.PrimaryKeyConstraint("id_hash", name="pk_pushed_requests"),
    )
    op.create_index("ix_pushed_requests_client_id", "pushed_requests", ["client_id"])
    op.create_index("ix_pushed_requests_expires", "pushed_requests", ["expires"])
    op.create_table(
        "device_authorizations",
        sa.Column("device_code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("user_code", sa.String(), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("binding", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("polled", MOMENT, nullable=True),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("auth_time", MOMENT, nullable=True),
        sa.Column("factors", DOCUMENT, nullable=False),
        sa.Column("browser_session_id", sa.String(), nullable=True),
        sa.Column("family_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["user_pools.id"],
            name="fk_device_authorizations_pool_id",
            ondelete="CASCADE",
        ),
        _client_of("device_authorizations"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_device_authorizations_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device_code_hash", name="pk_device_authorizations"),
        sa.UniqueConstraint(
            "pool_id", "user_code", name="uq_device_authorizations_pool_id_user_code"
        ),
    )
    for column in ("client_id", "expires", "user_id"):
        op.create_index(f"ix_device_authorizations_{column}", "device_authorizations", [column])
    op.create_table(
        "consents",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("granted", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_consents_user_id", ondelete="CASCADE"
        ),
        _client_of("consents"),
        sa.PrimaryKeyConstraint("user_id", "client_id", name="pk_consents"),
    )
    op.create_index("ix_consents_client_id", "consents", ["client_id"])
    op.create_table(
        "logout_notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("browser_session_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        _client_of("logout_notices"),
        sa.PrimaryKeyConstraint("id", name="pk_logout_notices"),
    )
    op.create_index("ix_logout_notices_client_id", "logout_notices", ["client_id"])
    op.create_index("ix_logout_notices_due", "logout_notices", ["due"])


def downgrade() -> None:
    raise NotImplementedError("the way back is a backup of the database")
