"""Make the tables of erasures."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_erasures"
down_revision = "partners_profiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("person_ids", Document, nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_state_started_at"), "erasures", ["state", "started_at"])
    op.create_table(
        "erasure_answers",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("counts", Document, nullable=False),
        sa.Column("answered_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasures.id"], name=op.f("fk_erasure_answers_erasure_id_erasures")),
        sa.PrimaryKeyConstraint("erasure_id", "service", name=op.f("pk_erasure_answers")),
    )


def downgrade() -> None:
    op.drop_table("erasure_answers")
    op.drop_table("erasures")
