"""Keep who read what was reported, replies to it, and what figures were used for."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "partners_reciprocity"
down_revision = "partners_attention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submissions", sa.Column("read_at", Instant(), nullable=True))
    op.add_column("submissions", sa.Column("reader_id", sa.Uuid(), nullable=True))
    op.create_table(
        "replies",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_replies_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_replies_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
    )
    op.create_index(op.f("ix_replies_organisation_id_id"), "replies", ["organisation_id", "id"])
    op.create_index(op.f("ix_replies_submission_id"), "replies", ["submission_id"])
    op.create_table(
        "figure_uses",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("use", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_figure_uses_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_uses")),
    )
    op.create_index(
        op.f("ix_figure_uses_organisation_id_used_on_id"), "figure_uses", ["organisation_id", "used_on", "id"]
    )


def downgrade() -> None:
    op.drop_table("figure_uses")
    op.drop_table("replies")
    op.drop_column("submissions", "reader_id")
    op.drop_column("submissions", "read_at")
