"""Make the tables of criteria, evaluation rounds, evaluations and scores."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_evaluations"
down_revision = "partners_match_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_criteria()
    _make_rounds()
    _make_evaluations()


def downgrade() -> None:
    for table in (
        "evaluation_scores", "evaluations", "evaluators", "evaluation_rounds", "criteria_versions", "criteria_sets",
    ):  # fmt: skip
        op.drop_table(table)


def _make_criteria() -> None:
    op.create_table(
        "criteria_sets",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_sets")),
    )
    op.create_table(
        "criteria_versions",
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("told", Document, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["criteria_sets.id"], name=op.f("fk_criteria_versions_set_id_criteria_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_versions")),
        sa.UniqueConstraint("set_id", "number", name=op.f("uq_criteria_versions_set_id_number")),
    )


def _make_rounds() -> None:
    op.create_table(
        "evaluation_rounds",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("folded_title", sa.String(length=600), nullable=False),
        sa.Column("criteria_version_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criteria_version_id"],
            ["criteria_versions.id"],
            name=op.f("fk_evaluation_rounds_criteria_version_id_criteria_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_rounds")),
    )
    op.create_index(op.f("ix_evaluation_rounds_state_id"), "evaluation_rounds", ["state", "id"], unique=False)
    op.create_table(
        "evaluators",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("remind_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["evaluation_rounds.id"], name=op.f("fk_evaluators_round_id_evaluation_rounds")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_evaluators_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluators")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_evaluators_round_id_person_id")),
    )
    op.create_index(op.f("ix_evaluators_person_id"), "evaluators", ["person_id"], unique=False)
    op.create_index(op.f("ix_evaluators_remind_at"), "evaluators", ["remind_at"], unique=False)


def _make_evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=True),
        sa.Column("conflict_reason", sa.Text(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("reopened_at", Instant(), nullable=True),
        sa.Column("reopened_reason", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["evaluation_rounds.id"], name=op.f("fk_evaluations_round_id_evaluation_rounds")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_evaluations_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_evaluations_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint(
            "round_id", "organisation_id", "person_id", name=op.f("uq_evaluations_round_id_organisation_id_person_id")
        ),
    )
    op.create_index(op.f("ix_evaluations_organisation_id"), "evaluations", ["organisation_id"], unique=False)
    op.create_table(
        "evaluation_scores",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_evaluation_scores_evaluation_id_evaluations")
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "criterion", name=op.f("pk_evaluation_scores")),
    )
