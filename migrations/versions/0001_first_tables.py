"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("arn", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_session_token", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column(
            "policies", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_access_keys"),
    )
    op.create_index("ix_access_keys_account", "access_keys", ["account"], unique=False)
    op.create_index("ix_access_keys_expires", "access_keys", ["expires"], unique=False)
    op.create_table(
        "gateway_apis",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("protocol", sa.String(length=16), nullable=False),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_apis"),
    )
    op.create_index(
        "ix_gateway_apis_account_region_id",
        "gateway_apis",
        ["account", "region", "id"],
        unique=False,
    )
    op.create_table(
        "gateway_configuration_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_configuration_version"),
    )
    op.create_table(
        "revocations",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("origin_jti", sa.String(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revocations"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revocations_expires", "revocations", ["expires"], unique=False)
    op.create_table(
        "user_pools",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "schema", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("password_storage", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_pools"),
    )
    op.create_index(
        "ix_user_pools_account_region_id", "user_pools", ["account", "region", "id"], unique=False
    )
    op.create_table(
        "attempt_counts",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_attempt_counts_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "subject", name="pk_attempt_counts"),
    )
    op.create_index("ix_attempt_counts_last", "attempt_counts", ["last"], unique=False)
    op.create_table(
        "gateway_authorizers",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["api_id"],
            ["gateway_apis.id"],
            name="fk_gateway_authorizers_api_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("api_id", "id", name="pk_gateway_authorizers"),
        sa.UniqueConstraint("api_id", "name", name="uq_gateway_authorizers_api_id_name"),
    )
    op.create_table(
        "gateway_deployments",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(length=1024), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"],
            ["gateway_apis.id"],
            name="fk_gateway_deployments_api_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("api_id", "id", name="pk_gateway_deployments"),
        sa.UniqueConstraint("api_id", "ordinal", name="uq_gateway_deployments_api_id_ordinal"),
    )
    op.create_table(
        "gateway_integrations",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["api_id"],
            ["gateway_apis.id"],
            name="fk_gateway_integrations_api_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("api_id", "id", name="pk_gateway_integrations"),
    )
    op.create_table(
        "gateway_routes",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("route_key", sa.String(length=1024), nullable=False),
        sa.Column("integration_id", sa.String(length=32), nullable=True),
        sa.Column("authorizer_id", sa.String(length=32), nullable=True),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["api_id"], ["gateway_apis.id"], name="fk_gateway_routes_api_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_id", "id", name="pk_gateway_routes"),
        sa.UniqueConstraint("api_id", "route_key", name="uq_gateway_routes_api_id_route_key"),
    )
    op.create_table(
        "gateway_stages",
        sa.Column("api_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("deployment_id", sa.String(length=32), nullable=True),
        sa.Column("auto_deploy", sa.Boolean(), nullable=False),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"], ["gateway_apis.id"], name="fk_gateway_stages_api_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_id", "id", name="pk_gateway_stages"),
    )
    op.create_table(
        "resource_servers",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_resource_servers_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "identifier", name="pk_resource_servers"),
    )
    op.create_table(
        "user_groups",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("precedence", sa.Integer(), nullable=True),
        sa.Column("role_arn", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_user_groups_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "name", name="pk_user_groups"),
    )
    op.create_table(
        "user_pool_clients",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("requires_pkce", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_user_pool_clients_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_user_pool_clients"),
    )
    op.create_index(
        "ix_user_pool_clients_pool_id_id", "user_pool_clients", ["pool_id", "id"], unique=False
    )
    op.create_table(
        "user_pool_domains",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column(
            "settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_user_pool_domains_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("domain", name="pk_user_pool_domains"),
    )
    op.create_index("ix_user_pool_domains_pool_id", "user_pool_domains", ["pool_id"], unique=False)
    op.create_table(
        "user_pool_signing_keys",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "public_jwk", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["user_pools.id"],
            name="fk_user_pool_signing_keys_pool_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kid", name="pk_user_pool_signing_keys"),
    )
    op.create_index(
        "ix_user_pool_signing_keys_pool_id", "user_pool_signing_keys", ["pool_id"], unique=False
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "pending_attributes",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("srp_salt", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_verifier", sa.LargeBinary(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("sealed_password_history", sa.LargeBinary(), nullable=True),
        sa.Column("password_set", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_users_pool_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_index("ix_users_pool_id_id", "users", ["pool_id", "id"], unique=False)
    op.create_table(
        "authorization_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("code_challenge", sa.String(), nullable=True),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("family_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["user_pool_clients.id"],
            name="fk_authorization_codes_client_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["user_pools.id"],
            name="fk_authorization_codes_pool_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_authorization_codes_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_authorization_codes"),
    )
    op.create_index(
        "ix_authorization_codes_client_id", "authorization_codes", ["client_id"], unique=False
    )
    op.create_index(
        "ix_authorization_codes_expires", "authorization_codes", ["expires"], unique=False
    )
    op.create_index(
        "ix_authorization_codes_user_id", "authorization_codes", ["user_id"], unique=False
    )
    op.create_table(
        "browser_sessions",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_browser_sessions_pool_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_browser_sessions_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id_hash", name="pk_browser_sessions"),
    )
    op.create_index("ix_browser_sessions_expires", "browser_sessions", ["expires"], unique=False)
    op.create_index("ix_browser_sessions_user_id", "browser_sessions", ["user_id"], unique=False)
    op.create_table(
        "confirmation_codes",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_confirmation_codes_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "purpose", name="pk_confirmation_codes"),
    )
    op.create_index(
        "ix_confirmation_codes_expires", "confirmation_codes", ["expires"], unique=False
    )
    op.create_table(
        "refresh_families",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("sign_in_id", sa.String(), nullable=True),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rotated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["user_pool_clients.id"],
            name="fk_refresh_families_client_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_refresh_families_pool_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_refresh_families_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_families"),
        sa.UniqueConstraint("sign_in_id", name="uq_refresh_families_sign_in_id"),
    )
    op.create_index(
        "ix_refresh_families_client_id", "refresh_families", ["client_id"], unique=False
    )
    op.create_index("ix_refresh_families_expires", "refresh_families", ["expires"], unique=False)
    op.create_index(
        "ix_refresh_families_user_id_id", "refresh_families", ["user_id", "id"], unique=False
    )
    op.create_table(
        "searchable_attributes",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "value",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"],
            ["user_pools.id"],
            name="fk_searchable_attributes_pool_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_searchable_attributes_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "pool_id", "name", "value", "user_id", name="pk_searchable_attributes"
        ),
    )
    op.create_index(
        "ix_searchable_attributes_user_id", "searchable_attributes", ["user_id"], unique=False
    )
    op.create_table(
        "sign_in_names",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["user_pools.id"], name="fk_sign_in_names_pool_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sign_in_names_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "name", name="pk_sign_in_names"),
    )
    op.create_index("ix_sign_in_names_user_id", "sign_in_names", ["user_id"], unique=False)
    op.create_table(
        "user_group_members",
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "group_name"],
            ["user_groups.pool_id", "user_groups.name"],
            name="fk_user_group_members_pool_id_group_name",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_user_group_members_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "group_name", "user_id", name="pk_user_group_members"),
    )
    op.create_index(
        "ix_user_group_members_user_id", "user_group_members", ["user_id"], unique=False
    )
    op.create_table(
        "user_pool_client_secrets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["user_pool_clients.id"],
            name="fk_user_pool_client_secrets_client_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_user_pool_client_secrets"),
    )
    op.create_index(
        "ix_user_pool_client_secrets_client_id",
        "user_pool_client_secrets",
        ["client_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_user_pool_client_secrets_client_id", table_name="user_pool_client_secrets")
    op.drop_table("user_pool_client_secrets")
    op.drop_index("ix_user_group_members_user_id", table_name="user_group_members")
    op.drop_table("user_group_members")
    op.drop_index("ix_sign_in_names_user_id", table_name="sign_in_names")
    op.drop_table("sign_in_names")
    op.drop_index("ix_searchable_attributes_user_id", table_name="searchable_attributes")
    op.drop_table("searchable_attributes")
    op.drop_index("ix_refresh_families_user_id_id", table_name="refresh_families")
    op.drop_index("ix_refresh_families_expires", table_name="refresh_families")
    op.drop_index("ix_refresh_families_client_id", table_name="refresh_families")
    op.drop_table("refresh_families")
    op.drop_index("ix_confirmation_codes_expires", table_name="confirmation_codes")
    op.drop_table("confirmation_codes")
    op.drop_index("ix_browser_sessions_user_id", table_name="browser_sessions")
    op.drop_index("ix_browser_sessions_expires", table_name="browser_sessions")
    op.drop_table("browser_sessions")
    op.drop_index("ix_authorization_codes_user_id", table_name="authorization_codes")
    op.drop_index("ix_authorization_codes_expires", table_name="authorization_codes")
    op.drop_index("ix_authorization_codes_client_id", table_name="authorization_codes")
    op.drop_table("authorization_codes")
    op.drop_index("ix_users_pool_id_id", table_name="users")
    op.drop_table("users")
    op.drop_index("ix_user_pool_signing_keys_pool_id", table_name="user_pool_signing_keys")
    op.drop_table("user_pool_signing_keys")
    op.drop_index("ix_user_pool_domains_pool_id", table_name="user_pool_domains")
    op.drop_table("user_pool_domains")
    op.drop_index("ix_user_pool_clients_pool_id_id", table_name="user_pool_clients")
    op.drop_table("user_pool_clients")
    op.drop_table("user_groups")
    op.drop_table("resource_servers")
    op.drop_table("gateway_stages")
    op.drop_table("gateway_routes")
    op.drop_table("gateway_integrations")
    op.drop_table("gateway_deployments")
    op.drop_table("gateway_authorizers")
    op.drop_index("ix_attempt_counts_last", table_name="attempt_counts")
    op.drop_table("attempt_counts")
    op.drop_index("ix_user_pools_account_region_id", table_name="user_pools")
    op.drop_table("user_pools")
    op.drop_index("ix_revocations_expires", table_name="revocations")
    op.drop_table("revocations")
    op.drop_table("gateway_configuration_version")
    op.drop_index("ix_gateway_apis_account_region_id", table_name="gateway_apis")
    op.drop_table("gateway_apis")
    op.drop_index("ix_access_keys_expires", table_name="access_keys")
    op.drop_index("ix_access_keys_account", table_name="access_keys")
    op.drop_table("access_keys")
