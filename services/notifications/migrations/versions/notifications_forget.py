"""Say of a message when it is to be forgotten."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "notifications_forget"
down_revision = "notifications_contacts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("forget_at", Instant(), nullable=True))
    op.create_index(op.f("ix_messages_forget_at"), "messages", ["forget_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_messages_forget_at"), "messages")
    op.drop_column("messages", "forget_at")
