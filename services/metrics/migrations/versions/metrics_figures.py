"""Keep agreements, locked months, restatements, flags, joint claims and KPIs' sources."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Figure, Instant

revision = "metrics_figures"
down_revision = "metrics_recounts"
branch_labels = None
depends_on = None

OPEN, UNCHECKED = sa.text("closed_at IS NULL"), sa.text("unchecked")
REPLACED, CLAIMED = sa.text("superseded_by IS NOT NULL"), sa.text("claim_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("shares_provisional", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(op.f("ix_agreements_organisation_id"), "agreements", ["organisation_id"], unique=False)
    op.create_table(
        "kpi_sources",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("only_kind", sa.String(length=20), nullable=False),
        sa.Column("only_unit", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_kpi_sources_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("kpi_id", name=op.f("pk_kpi_sources")),
    )
    op.create_table(
        "month_locks",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("locked_at", Instant(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_month_locks_campaign_id_campaigns")),
        sa.PrimaryKeyConstraint("campaign_id", "month", name=op.f("pk_month_locks")),
    )
    op.create_table(
        "restatements",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figure_id", sa.Uuid(), nullable=False),
        sa.Column("before", Figure(), nullable=True),
        sa.Column("before_status", sa.String(length=20), nullable=True),
        sa.Column("after", Figure(), nullable=True),
        sa.Column("after_status", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("person_name", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_restatements_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restatements")),
    )
    op.create_index(op.f("ix_restatements_campaign_id_id"), "restatements", ["campaign_id", "id"], unique=False)
    op.create_index(op.f("ix_restatements_figure_id"), "restatements", ["figure_id"], unique=False)
    op.create_table(
        "figure_flags",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("figure_id", sa.Uuid(), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("detail", Document, nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_figure_flags_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_flags")),
        sa.UniqueConstraint(
            "kpi_id", "organisation_id", "subject", "kind",
            name=op.f("uq_figure_flags_kpi_id_organisation_id_subject_kind"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_figure_flags_figure_id"), "figure_flags", ["figure_id"], unique=False)
    op.create_index(
        "ix_figure_flags_open", "figure_flags", ["kpi_id", "id"], unique=False, postgresql_where=OPEN, sqlite_where=OPEN
    )
    op.create_table(
        "joint_claims",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("claimant_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=160), nullable=False),
        sa.Column("value", Figure(), nullable=False),
        sa.Column("shares", Document, nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_joint_claims_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_claims")),
    )
    op.create_index(op.f("ix_joint_claims_kpi_id_id"), "joint_claims", ["kpi_id", "id"], unique=False)
    op.create_table(
        "figure_verdicts",
        sa.Column("figure_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_verdicts")),
    )
    op.create_index(op.f("ix_figure_verdicts_figure_id_id"), "figure_verdicts", ["figure_id", "id"], unique=False)
    op.create_index(
        "ix_measurements_superseded_by", "measurements", ["superseded_by"], unique=False,
        postgresql_where=REPLACED, sqlite_where=REPLACED,
    )  # fmt: skip
    op.create_index(
        "ix_measurements_claim_id", "measurements", ["claim_id"], unique=False,
        postgresql_where=CLAIMED, sqlite_where=CLAIMED,
    )  # fmt: skip
    # Defaults in the database let the release before this one go on taking figures in.
    op.add_column("standings", sa.Column("locked_months", Document, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("standings", sa.Column("unchecked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("standings", sa.Column("checked_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_standings_unchecked", "standings", ["kpi_id"], unique=False,
        postgresql_where=UNCHECKED, sqlite_where=UNCHECKED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_standings_unchecked", table_name="standings")
    for name in ("checked_id", "unchecked", "locked_months"):
        op.drop_column("standings", name)
    for name in ("ix_measurements_claim_id", "ix_measurements_superseded_by"):
        op.drop_index(name, table_name="measurements")
    for name in (
        "figure_verdicts",
        "joint_claims",
        "figure_flags",
        "restatements",
        "month_locks",
        "kpi_sources",
        "agreements",
    ):
        op.drop_table(name)
