"""Index the papers that nobody has looked at, which the ranking of who waits longest asks for."""

import sqlalchemy as sa
from alembic import op

revision = "partners_attention"
down_revision = "partners_erasures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    received = sa.text("state = 'received'")
    op.create_index(
        "ix_vetting_evidence_received", "vetting_evidence", ["answer_id"], sqlite_where=received,
        postgresql_where=received,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_vetting_evidence_received", "vetting_evidence")
