"""Make the table of opportunities."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Figure, Instant

revision = "partners_opportunities"
down_revision = "partners_submissions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opportunities",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=300), nullable=False),
        sa.Column("step_due_on", sa.Date(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("value", Figure(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_opportunities_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_opportunities_owner_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
    )
    op.create_index(op.f("ix_opportunities_owner_id"), "opportunities", ["owner_id"])
    op.create_index(
        op.f("ix_opportunities_organisation_id_stage_id"), "opportunities", ["organisation_id", "stage", "id"]
    )
    op.create_index(op.f("ix_opportunities_stage_step_due_on_id"), "opportunities", ["stage", "step_due_on", "id"])


def downgrade() -> None:
    op.drop_table("opportunities")
