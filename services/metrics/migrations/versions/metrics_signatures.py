"""Let both sides sign a target, keep what else changed with one, and find definitions by their SDG."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "metrics_signatures"
down_revision = "metrics_seasons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "target_signatures",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("target_number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("terms", Document, nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_target_signatures_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_signatures")),
    )
    op.create_index(
        op.f("ix_target_signatures_kpi_id_created_at"), "target_signatures", ["kpi_id", "created_at"], unique=False
    )
    op.add_column("indicators", sa.Column("goals", sa.String(length=100), server_default=sa.text("''"), nullable=False))
    op.add_column("target_changes", sa.Column("terms", Document, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("target_changes", "terms")
    op.drop_column("indicators", "goals")
    op.drop_index(op.f("ix_target_signatures_kpi_id_created_at"), table_name="target_signatures")
    op.drop_table("target_signatures")
