"""Let KPIs be of every aggregation, with a library behind them, and figures of every source, in parts."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Figure, Instant

revision = "metrics_targets"
down_revision = "metrics_0001"
branch_labels = None
depends_on = None


_COUNT_MONTHS = """
UPDATE month_totals SET verified_figures = (
    SELECT count(*) FROM measurements
    WHERE measurements.kpi_id = month_totals.kpi_id AND measurements.organisation_id = month_totals.organisation_id
    AND measurements.status = 'verified' AND period_end >= month AND period_end < {after}
)
"""
_COUNT_PARTNERS = """
UPDATE partner_totals SET verified_figures = coalesce((
    SELECT sum(month_totals.verified_figures) FROM month_totals
    WHERE month_totals.kpi_id = partner_totals.kpi_id
    AND month_totals.organisation_id = partner_totals.organisation_id
), 0)
"""


def upgrade() -> None:
    op.create_table(
        "indicators",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sort_name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("aggregation", sa.String(length=20), nullable=False),
        sa.Column("dimensions", Document, nullable=False),
        sa.Column("means", sa.String(length=2000), nullable=False),
        sa.Column("codes", Document, nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators")),
        sa.UniqueConstraint("code", name=op.f("uq_indicators_code")),
    )
    op.create_table(
        "interim_targets",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("target_number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("value", Figure(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_interim_targets_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interim_targets")),
        sa.UniqueConstraint(
            "kpi_id", "target_number", "due_on", name=op.f("uq_interim_targets_kpi_id_target_number_due_on")
        ),
    )
    op.create_table(
        "kpi_inputs",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("input_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["input_id"], ["kpis.id"], name=op.f("fk_kpi_inputs_input_id_kpis")),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_kpi_inputs_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("kpi_id", "input_id", name=op.f("pk_kpi_inputs")),
    )
    op.create_table(
        "kpi_reporters",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_kpi_reporters_kpi_id_kpis")),
        sa.PrimaryKeyConstraint("kpi_id", "organisation_id", name=op.f("pk_kpi_reporters")),
    )
    op.create_table(
        "part_totals",
        sa.Column("kpi_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("verified", Figure(), nullable=False),
        sa.Column("provisional", Figure(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpis.id"], name=op.f("fk_part_totals_kpi_id_kpis")),
        sa.PrimaryKeyConstraint(
            "kpi_id", "organisation_id", "month", "dimension", "category", name=op.f("pk_part_totals")
        ),
    )
    # Defaults in the database let the release before this one go on taking figures in.
    with op.batch_alter_table("kpis") as table:
        table.add_column(sa.Column("indicator_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("formula", sa.String(length=500), nullable=True))
        table.add_column(sa.Column("dimensions", Document, server_default="[]", nullable=False))
        table.add_column(sa.Column("means", sa.String(length=2000), server_default=sa.text("''"), nullable=False))
        table.add_column(sa.Column("frequency", sa.String(length=20), server_default="none", nullable=False))
        table.add_column(sa.Column("grace_days", sa.Integer(), server_default="14", nullable=False))
        table.add_column(sa.Column("pace", sa.String(length=20), server_default="straight", nullable=False))
        table.add_column(sa.Column("begins_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("follows_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("follow_months", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_kpis_follows_id_kpis"), "kpis", ["follows_id"], ["id"])
        table.create_foreign_key(op.f("fk_kpis_indicator_id_indicators"), "indicators", ["indicator_id"], ["id"])
    with op.batch_alter_table("measurements") as table:
        table.add_column(sa.Column("source", sa.String(length=20), server_default="submission", nullable=False))
        table.add_column(sa.Column("weight", Figure(), nullable=True))
        table.add_column(sa.Column("parts", Document, nullable=True))
        table.add_column(sa.Column("parts_note", sa.String(length=1000), nullable=True))
        table.add_column(sa.Column("claim_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("note", sa.String(length=1000), nullable=True))
        table.add_column(sa.Column("evidence", Document, nullable=True))
        table.add_column(sa.Column("restated", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.alter_column("submission_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("month_totals", sa.Column("verified_figures", sa.Integer(), server_default="0", nullable=False))
    op.add_column("month_totals", sa.Column("verified_weight", Figure(), server_default="0", nullable=False))
    op.add_column("month_totals", sa.Column("provisional_weight", Figure(), server_default="0", nullable=False))
    op.add_column("partner_totals", sa.Column("verified_figures", sa.Integer(), server_default="0", nullable=False))
    op.add_column("partner_totals", sa.Column("verified_weight", Figure(), server_default="0", nullable=False))
    op.add_column("partner_totals", sa.Column("provisional_weight", Figure(), server_default="0", nullable=False))
    op.add_column("standings", sa.Column("verified_weight", Figure(), server_default="0", nullable=False))
    op.add_column("standings", sa.Column("provisional_weight", Figure(), server_default="0", nullable=False))
    op.add_column("standings", sa.Column("derived", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        op.f("ix_measurements_kpi_id_organisation_id_period_end"),
        "measurements",
        ["kpi_id", "organisation_id", "period_end"],
        unique=False,
    )
    op.create_index(op.f("ix_kpi_inputs_input_id"), "kpi_inputs", ["input_id"], unique=False)
    op.create_index(op.f("ix_indicators_sort_name"), "indicators", ["sort_name"], unique=False)
    after = "date(month, '+1 month')" if op.get_bind().dialect.name == "sqlite" else "month + interval '1 month'"
    op.execute(_COUNT_MONTHS.format(after=after))
    op.execute(_COUNT_PARTNERS)


def downgrade() -> None:
    for sums in ("standings", "partner_totals", "month_totals"):
        op.drop_column(sums, "provisional_weight")
        op.drop_column(sums, "verified_weight")
    op.drop_column("standings", "derived")
    op.drop_column("partner_totals", "verified_figures")
    op.drop_column("month_totals", "verified_figures")
    op.drop_index(op.f("ix_measurements_kpi_id_organisation_id_period_end"), table_name="measurements")
    with op.batch_alter_table("measurements") as table:
        for name in ("restated", "evidence", "note", "claim_id", "parts_note", "parts", "weight", "source"):
            table.drop_column(name)
    with op.batch_alter_table("kpis") as table:
        table.drop_constraint(op.f("fk_kpis_indicator_id_indicators"), type_="foreignkey")
        table.drop_constraint(op.f("fk_kpis_follows_id_kpis"), type_="foreignkey")
        for name in ("follow_months", "follows_id", "due_on", "begins_on", "pace", "grace_days"):
            table.drop_column(name)
        for name in ("frequency", "means", "dimensions", "formula", "indicator_id"):
            table.drop_column(name)
    for name in ("part_totals", "kpi_reporters", "kpi_inputs", "interim_targets", "indicators"):
        op.drop_table(name)
