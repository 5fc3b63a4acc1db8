"""Let people be erased from the history: its hash covers a seal instead of names and details."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "kit_0004"
down_revision = "kit_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("history", sa.Column("seal", sa.String(), nullable=True))
    op.add_column("history", sa.Column("salt", sa.String(), nullable=True))
    op.add_column("history", sa.Column("erased_at", Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("history", "erased_at")
    op.drop_column("history", "salt")
    op.drop_column("history", "seal")
