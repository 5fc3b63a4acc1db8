"""Make the tables of vetting: checklists, answers, evidence, declarations, requests, dues."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_vetting"
down_revision = "partners_interactions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vetting_checklists",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("items", Document, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetting_checklists")),
        sa.UniqueConstraint("number", name=op.f("uq_vetting_checklists_number")),
    )
    op.create_table(
        "vettings",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("checklist", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("fast_reason", sa.Text(), nullable=False),
        sa.Column("fast_asked_by", sa.Uuid(), nullable=True),
        sa.Column("fast_asked_at", Instant(), nullable=True),
        sa.Column("fast_decided_by", sa.Uuid(), nullable=True),
        sa.Column("fast_decided_at", Instant(), nullable=True),
        sa.Column("fast_granted", sa.Boolean(), nullable=True),
        sa.Column("fast_until", sa.Date(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_vettings_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vettings")),
    )
    op.create_table(
        "vetting_answers",
        sa.Column("vetting_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["vetting_id"], ["vettings.id"], name=op.f("fk_vetting_answers_vetting_id_vettings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetting_answers")),
        sa.UniqueConstraint("vetting_id", "key", name=op.f("uq_vetting_answers_vetting_id_key")),
    )
    op.create_table(
        "vetting_declarations",
        sa.Column("vetting_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vetting_id"], ["vettings.id"], name=op.f("fk_vetting_declarations_vetting_id_vettings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetting_declarations")),
    )
    op.create_table(
        "vetting_dues",
        sa.Column("vetting_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["vetting_id"], ["vettings.id"], name=op.f("fk_vetting_dues_vetting_id_vettings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetting_dues")),
    )
    op.create_table(
        "vetting_evidence",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("from_partner", sa.Boolean(), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["vetting_answers.id"], name=op.f("fk_vetting_evidence_answer_id_vetting_answers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetting_evidence")),
    )
    op.create_table(
        "vetting_requests",
        sa.Column("vetting_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("answers", Document, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_vetting_requests_contact_id_contacts")),
        sa.ForeignKeyConstraint(["vetting_id"], ["vettings.id"], name=op.f("fk_vetting_requests_vetting_id_vettings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vetting_requests")),
    )
    _make_indexes()


def _make_indexes() -> None:
    for table, columns in (
        ("vettings", ["in_force", "valid_until", "id"]),
        ("vettings", ["organisation_id", "id"]),
        ("vetting_declarations", ["vetting_id"]),
        ("vetting_dues", ["vetting_id"]),
        ("vetting_evidence", ["answer_id"]),
        ("vetting_requests", ["vetting_id"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    for name, table, columns, unique, where in (
        ("ix_vetting_dues_due_at", "vetting_dues", ["due_at"], False, "done_at IS NULL"),
        ("uq_vettings_running", "vettings", ["organisation_id"], True, "outcome IS NULL"),
        ("uq_vettings_in_force", "vettings", ["organisation_id"], True, "in_force"),
    ):
        condition = sa.text(where)
        op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_table("vetting_requests")
    op.drop_table("vetting_evidence")
    op.drop_table("vetting_dues")
    op.drop_table("vetting_declarations")
    op.drop_table("vetting_answers")
    op.drop_table("vettings")
    op.drop_table("vetting_checklists")
