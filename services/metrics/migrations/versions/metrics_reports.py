"""Keep reports: what is being written, the editions that were frozen, and who has read them."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "metrics_reports"
down_revision = "metrics_joint"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("narrative", Document, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_reports_campaign_id_campaigns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "campaign_id", "kind", "starts_on", "ends_on", name=op.f("uq_reports_campaign_id_kind_starts_on_ends_on")
        ),
    )
    op.create_index(op.f("ix_reports_campaign_id_ends_on_id"), "reports", ["campaign_id", "ends_on", "id"])
    op.create_table(
        "report_editions",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_editions_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_editions")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_editions_report_id_number")),
    )
    op.create_table(
        "report_copies",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("document", Document, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("files", Document, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_editions.id"], name=op.f("fk_report_copies_edition_id_report_editions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_copies")),
        sa.UniqueConstraint("edition_id", "organisation_id", name=op.f("uq_report_copies_edition_id_organisation_id")),
    )
    op.create_index(op.f("ix_report_copies_organisation_id"), "report_copies", ["organisation_id"])
    op.create_table(
        "report_readings",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["report_editions.id"], name=op.f("fk_report_readings_edition_id_report_editions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_readings")),
        sa.UniqueConstraint("edition_id", "person_id", name=op.f("uq_report_readings_edition_id_person_id")),
    )
    op.create_table(
        "report_cadences",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("rhythm", sa.String(length=20), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_report_cadences_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_cadences")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_report_cadences_campaign_id")),
    )


def downgrade() -> None:
    for table in ("report_cadences", "report_readings", "report_copies", "report_editions", "reports"):
        op.drop_table(table)
