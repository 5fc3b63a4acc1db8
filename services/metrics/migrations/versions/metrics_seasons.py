"""Keep how KPIs' figures spread over the months of the past year."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "metrics_seasons"
down_revision = "metrics_figures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seasons",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("learned_on", sa.Date(), nullable=False),
        sa.Column("weights", Document, nullable=False),
        sa.PrimaryKeyConstraint("kpi_id", name=op.f("pk_seasons")),
    )
    op.create_index(op.f("ix_seasons_learned_on"), "seasons", ["learned_on"], unique=False)


def downgrade() -> None:
    op.drop_table("seasons")
