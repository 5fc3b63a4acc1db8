"""Make the tables of mutual scorecards."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_scorecards"
down_revision = "partners_opportunities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scorecard_rounds",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(length=10), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("questions", Document, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("remind_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_scorecard_rounds_contact_id_contacts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_scorecard_rounds_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard_rounds")),
    )
    op.create_index(op.f("ix_scorecard_rounds_organisation_id_id"), "scorecard_rounds", ["organisation_id", "id"])
    op.create_index(op.f("ix_scorecard_rounds_open_due_on_id"), "scorecard_rounds", ["open", "due_on", "id"])
    op.create_index(op.f("ix_scorecard_rounds_remind_at"), "scorecard_rounds", ["remind_at"])
    op.create_table(
        "scorecards",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("scores", Document, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["scorecard_rounds.id"], name=op.f("fk_scorecards_round_id_scorecard_rounds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecards")),
        sa.UniqueConstraint("round_id", "side", name=op.f("uq_scorecards_round_id_side")),
    )


def downgrade() -> None:
    op.drop_table("scorecards")
    op.drop_table("scorecard_rounds")
