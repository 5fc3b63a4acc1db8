"""Make the tables of metrics."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Figure, Instant

revision = "metrics_0001"
down_revision = None
branch_labels = ("metrics",)
depends_on = None

CURRENT = sa.text("status <> 'superseded'")


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("sort_title", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index(op.f("ix_campaigns_starts_on_id"), "campaigns", ["starts_on", "id"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "standings",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("verified", Figure(), nullable=False),
        sa.Column("provisional", Figure(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.Column("verified_figures", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("told_target", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("kpi_id", name=op.f("pk_standings")),
    )
    op.create_index(op.f("ix_standings_assessed_on_kpi_id"), "standings", ["assessed_on", "kpi_id"], unique=False)
    op.create_table(
        "campaign_partners",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_partners_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_campaign_partners")),
    )
    op.create_index(
        op.f("ix_campaign_partners_organisation_id"), "campaign_partners", ["organisation_id"], unique=False
    )
    op.create_table(
        "kpis",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("aggregation", sa.String(length=20), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("baseline", Figure(), nullable=False),
        sa.Column("target", Figure(), nullable=False),
        sa.Column("target_number", sa.Integer(), nullable=False),
        sa.Column("verification", sa.String(length=20), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_kpis_campaign_id_campaigns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpis")),
        sa.UniqueConstraint("campaign_id", "key", name=op.f("uq_kpis_campaign_id_key")),
    )
    op.create_table(
        "measurements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("value", Figure(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_measurements_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
    )
    op.create_index(
        "ix_measurements_current",
        "measurements",
        ["kpi_id", "organisation_id", "reference"],
        unique=True,
        postgresql_where=CURRENT,
        sqlite_where=CURRENT,
    )
    op.create_index(op.f("ix_measurements_kpi_id_id"), "measurements", ["kpi_id", "id"], unique=False)
    op.create_table(
        "month_totals",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("verified", Figure(), nullable=False),
        sa.Column("provisional", Figure(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_month_totals_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("kpi_id", "organisation_id", "month", name=op.f("pk_month_totals")),
    )
    op.create_table(
        "partner_totals",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("verified", Figure(), nullable=False),
        sa.Column("provisional", Figure(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_partner_totals_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("kpi_id", "organisation_id", name=op.f("pk_partner_totals")),
    )
    op.create_table(
        "target_changes",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("former", Figure(), nullable=False),
        sa.Column("target", Figure(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_target_changes_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_changes")),
        sa.UniqueConstraint("kpi_id", "number", name=op.f("uq_target_changes_kpi_id_number")),
    )


def downgrade() -> None:
    op.drop_table("target_changes")
    op.drop_table("partner_totals")
    op.drop_table("month_totals")
    op.drop_table("measurements")
    op.drop_table("kpis")
    op.drop_table("campaign_partners")
    op.drop_table("standings")
    op.drop_table("organisations")
    op.drop_table("campaigns")
