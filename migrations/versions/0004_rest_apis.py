"""REST APIs, custom domains, API keys and usage plans, metrics of the gateway."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "gateway_account_parts",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "kind", "id", name="pk_gateway_account_parts"),
    )
    op.create_table(
        "gateway_api_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_api_keys"),
        sa.UniqueConstraint("fingerprint", name="uq_gateway_api_keys_fingerprint"),
    )
    op.create_index(
        "ix_gateway_api_keys_account_region_id", "gateway_api_keys", ["account", "region", "id"]
    )
    op.create_table(
        "gateway_domains",
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_gateway_domains"),
    )
    op.create_index(
        "ix_gateway_domains_account_region_name", "gateway_domains", ["account", "region", "name"]
    )
    op.create_table(
        "gateway_metrics",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=128), nullable=False),
        sa.Column("route", sa.String(length=1200), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writer", sa.String(length=32), nullable=False),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint(
            "api_id", "stage", "route", "minute", "writer", name="pk_gateway_metrics"
        ),
    )
    op.create_index("ix_gateway_metrics_minute", "gateway_metrics", ["minute"])
    op.create_table(
        "gateway_usage_plans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_usage_plans"),
    )
    op.create_index(
        "ix_gateway_usage_plans_account_region_id",
        "gateway_usage_plans",
        ["account", "region", "id"],
    )
    op.create_table(
        "gateway_domain_mappings",
        sa.Column("domain", sa.String(length=512), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("prefix", sa.String(length=300), nullable=False),
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"],
            ["gateway_apis.id"],
            name="fk_gateway_domain_mappings_api_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["domain"],
            ["gateway_domains.name"],
            name="fk_gateway_domain_mappings_domain",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("domain", "id", name="pk_gateway_domain_mappings"),
        sa.UniqueConstraint("domain", "prefix", name="uq_gateway_domain_mappings_domain_prefix"),
    )
    op.create_index("ix_gateway_domain_mappings_api_id", "gateway_domain_mappings", ["api_id"])
    op.create_table(
        "gateway_parts",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"], ["gateway_apis.id"], name="fk_gateway_parts_api_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_id", "kind", "id", name="pk_gateway_parts"),
        sa.UniqueConstraint("api_id", "kind", "name", name="uq_gateway_parts_api_id_kind_name"),
    )
    op.create_table(
        "gateway_resources",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("path", sa.String(length=2048), nullable=False),
        sa.Column("methods", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"], ["gateway_apis.id"], name="fk_gateway_resources_api_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_id", "id", name="pk_gateway_resources"),
        sa.UniqueConstraint("api_id", "path", name="uq_gateway_resources_api_id_path"),
    )
    op.create_table(
        "gateway_routing_rules",
        sa.Column("domain", sa.String(length=512), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["domain"],
            ["gateway_domains.name"],
            name="fk_gateway_routing_rules_domain",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("domain", "id", name="pk_gateway_routing_rules"),
        sa.UniqueConstraint("domain", "priority", name="uq_gateway_routing_rules_domain_priority"),
    )
    op.create_table(
        "gateway_usage",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["gateway_api_keys.id"], name="fk_gateway_usage_key_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["gateway_usage_plans.id"],
            name="fk_gateway_usage_plan_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("plan_id", "key_id", "day", name="pk_gateway_usage"),
    )
    op.create_table(
        "gateway_usage_plan_keys",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["gateway_api_keys.id"],
            name="fk_gateway_usage_plan_keys_key_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["gateway_usage_plans.id"],
            name="fk_gateway_usage_plan_keys_plan_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("plan_id", "key_id", name="pk_gateway_usage_plan_keys"),
    )
    op.create_index("ix_gateway_usage_plan_keys_key_id", "gateway_usage_plan_keys", ["key_id"])


def downgrade() -> None:
    for table in (
        "gateway_usage_plan_keys",
        "gateway_usage",
        "gateway_routing_rules",
        "gateway_resources",
        "gateway_parts",
        "gateway_domain_mappings",
        "gateway_usage_plans",
        "gateway_metrics",
        "gateway_domains",
        "gateway_api_keys",
        "gateway_account_parts",
    ):
        op.drop_table(table)
