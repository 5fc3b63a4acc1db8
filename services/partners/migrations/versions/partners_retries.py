"""Let an import or an exit pack that keeps failing wait, and come to an end."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "partners_retries"
down_revision = "partners_sources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("imports", "exit_packs"):
        op.add_column(table, sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(table, sa.Column("retry_at", Instant(), nullable=True))
    op.add_column("imports", sa.Column("failed_in", sa.String(length=20), nullable=True))
    op.add_column("exit_packs", sa.Column("problem", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("exit_packs", "problem")
    op.drop_column("imports", "failed_in")
    for table in ("exit_packs", "imports"):
        op.drop_column(table, "retry_at")
        op.drop_column(table, "tries")
