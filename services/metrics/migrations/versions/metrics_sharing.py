"""Show chosen KPIs to anybody who has a page's address."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "metrics_sharing"
down_revision = "metrics_exchange"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_pages",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("heading", sa.String(length=120), nullable=False),
        sa.Column("intro", sa.String(length=2000), nullable=False),
        sa.Column("kpis", Document, nullable=False),
        sa.Column("shows_shares", sa.Boolean(), nullable=False),
        sa.Column("embedding", sa.String(length=20), nullable=False),
        sa.Column("origins", Document, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("addressed_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_public_pages_campaign_id_campaigns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_pages")),
        sa.UniqueConstraint("digest", name=op.f("uq_public_pages_digest")),
    )
    op.create_index(op.f("ix_public_pages_campaign_id_id"), "public_pages", ["campaign_id", "id"])


def downgrade() -> None:
    op.drop_table("public_pages")
