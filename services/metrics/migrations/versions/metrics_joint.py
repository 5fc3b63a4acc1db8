"""Find joint work and adjustments among all figures."""

import sqlalchemy as sa
from alembic import op

revision = "metrics_joint"
down_revision = "metrics_signatures"
branch_labels = None
depends_on = None

JOINT = sa.text("source IN ('joint', 'adjustment')")


def upgrade() -> None:
    op.create_index(
        "ix_measurements_joint", "measurements", ["kpi_id", "id"], unique=False,
        postgresql_where=JOINT, sqlite_where=JOINT,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_measurements_joint", table_name="measurements")
