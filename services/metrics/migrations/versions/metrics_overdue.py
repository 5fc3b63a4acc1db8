"""Keep which figures partners owe, and since when."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "metrics_overdue"
down_revision = "metrics_sharing"
branch_labels = None
depends_on = None

OWED = sa.text("settled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "overdue_figures",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_overdue_figures_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overdue_figures")),
        sa.UniqueConstraint(
            "kpi_id",
            "organisation_id",
            "period_end",
            name=op.f("uq_overdue_figures_kpi_id_organisation_id_period_end"),
        ),
    )
    op.create_index(op.f("ix_overdue_figures_campaign_id_id"), "overdue_figures", ["campaign_id", "id"])
    op.create_index("ix_overdue_figures_open", "overdue_figures", ["kpi_id"], postgresql_where=OWED, sqlite_where=OWED)


def downgrade() -> None:
    op.drop_table("overdue_figures")
