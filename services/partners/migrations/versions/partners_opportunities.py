"""Make the tables of opportunities, and of campaigns as heard from campaigns."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Figure, Instant

revision = "partners_opportunities"
down_revision = "partners_submissions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_campaigns",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_campaigns")),
    )
    op.create_table(
        "campaign_partners",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["known_campaigns.id"],
            name=op.f("fk_campaign_partners_campaign_id_known_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_campaign_partners")),
    )
    op.create_index(op.f("ix_campaign_partners_organisation_id"), "campaign_partners", ["organisation_id"])
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
    for table in ("opportunities", "campaign_partners", "known_campaigns"):
        op.drop_table(table)
