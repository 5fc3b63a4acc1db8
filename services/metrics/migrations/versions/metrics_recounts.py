"""Keep how far a recount has come."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "metrics_recounts"
down_revision = "metrics_marks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recounts",
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("repair", sa.Boolean(), nullable=False),
        sa.Column("last_kpi_id", sa.Uuid(), nullable=True),
        sa.Column("kpis", sa.Integer(), nullable=False),
        sa.Column("differences", Document, nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recounts")),
    )


def downgrade() -> None:
    op.drop_table("recounts")
