"""Make the tables of proposals: templates and their versions, copies, what either side sent, what was answered."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_proposals"
down_revision = "partners_exits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal_templates",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sort_title", sa.String(length=600), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_templates")),
    )
    op.create_index(op.f("ix_proposal_templates_sort_title_id"), "proposal_templates", ["sort_title", "id"])
    op.create_table(
        "proposal_template_versions",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fields", Document, nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["proposal_templates.id"],
            name=op.f("fk_proposal_template_versions_template_id_proposal_templates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_template_versions")),
        sa.UniqueConstraint("template_id", "number", name=op.f("uq_proposal_template_versions_template_id_number")),
    )
    op.create_table(
        "proposals",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("template_number", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sort_title", sa.String(length=600), nullable=False),
        sa.Column("fields", Document, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("draft_text", sa.Text(), nullable=True),
        sa.Column("draft_values", Document, nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("reminded_at", Instant(), nullable=True),
        sa.Column("waiting_since", Instant(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_proposals_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["proposal_templates.id"], name=op.f("fk_proposals_template_id_proposal_templates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_organisation_id_id"), "proposals", ["organisation_id", "id"])
    op.create_index(op.f("ix_proposals_state_answer_by"), "proposals", ["state", "answer_by"])
    op.create_index(op.f("ix_proposals_batch_id"), "proposals", ["batch_id"])
    op.create_table(
        "proposal_versions",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fields", Document, nullable=False),
        sa.Column("values", Document, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_versions_proposal_id_proposals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_versions")),
        sa.UniqueConstraint("proposal_id", "number", name=op.f("uq_proposal_versions_proposal_id_number")),
    )
    op.create_table(
        "proposal_answers",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("reply", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["proposal_versions.id"], name=op.f("fk_proposal_answers_version_id_proposal_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_answers")),
    )
    op.create_index(op.f("ix_proposal_answers_version_id_id"), "proposal_answers", ["version_id", "id"])


def downgrade() -> None:
    op.drop_table("proposal_answers")
    op.drop_table("proposal_versions")
    op.drop_table("proposals")
    op.drop_table("proposal_template_versions")
    op.drop_table("proposal_templates")
