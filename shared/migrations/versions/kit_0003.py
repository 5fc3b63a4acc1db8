"""Keep an answer's headers beside it: ETag and Location belong to it."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document

revision = "kit_0003"
down_revision = "kit_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("headers", Document, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("idempotency_keys", "headers")
