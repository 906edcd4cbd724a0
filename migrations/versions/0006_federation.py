"""Sessions shared with other providers and applications, and provisioned resources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "upstream_sessions",
        sa.Column("browser_session_id", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("upstream_id", sa.String(), nullable=True),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        _of("upstream_sessions", "pool_id", "user_pools"),
        _of("upstream_sessions", "user_id", "users"),
        sa.PrimaryKeyConstraint("browser_session_id", name="pk_upstream_sessions"),
    )
    op.create_index("ix_upstream_sessions_user_id", "upstream_sessions", ["user_id"])
    op.create_index("ix_upstream_sessions_expires", "upstream_sessions", ["expires"])
    for column in ("subject", "upstream_id"):
        name = f"ix_upstream_sessions_pool_id_provider_{column}"
        op.create_index(name, "upstream_sessions", ["pool_id", "provider", column])
    op.create_table(
        "saml_application_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("browser_session_id", sa.String(), nullable=False),
        sa.Column("application", sa.String(), nullable=False),
        sa.Column("name_id", sa.String(), nullable=False),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        _of("saml_application_sessions", "pool_id", "user_pools"),
        _of("saml_application_sessions", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name="pk_saml_application_sessions"),
    )
    for columns in (["user_id"], ["browser_session_id"], ["expires"], ["pool_id", "application"]):
        name = f"ix_saml_application_sessions_{'_'.join(columns)}"
        op.create_index(name, "saml_application_sessions", columns)
    op.create_table(
        "scim_resources",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("group_name", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("modified", MOMENT, nullable=False),
        _of("scim_resources", "pool_id", "user_pools"),
        _of("scim_resources", "user_id", "users"),
        sa.ForeignKeyConstraint(
            ["pool_id", "group_name"],
            ["user_groups.pool_id", "user_groups.name"],
            name="fk_scim_resources_pool_id_group_name",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_id", "id", name="pk_scim_resources"),
        sa.UniqueConstraint("pool_id", "group_name", name="uq_scim_resources_pool_id_group_name"),
    )
    op.create_index("ix_scim_resources_user_id", "scim_resources", ["user_id"])
    op.create_index(
        "ix_scim_resources_pool_id_kind_external_id",
        "scim_resources",
        ["pool_id", "kind", "external_id"],
    )


def downgrade() -> None:
    raise NotImplementedError("the way back is a backup of the database")
