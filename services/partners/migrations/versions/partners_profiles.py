"""Make the tables of what organisations say of themselves, and of files that show what track records say."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_profiles"
down_revision = "partners_proposals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "track_files",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["track_records.id"],
            name=op.f("fk_track_files_record_id_track_records"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track_files")),
    )
    op.create_index(op.f("ix_track_files_record_id"), "track_files", ["record_id"])
    op.create_table(
        "profile_updates",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("typed", Document, nullable=False),
        sa.Column("added", Document, nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("sent_by_name", sa.String(length=200), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_profile_updates_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_updates")),
    )
    op.create_index(op.f("ix_profile_updates_organisation_id_id"), "profile_updates", ["organisation_id", "id"])
    op.create_index(op.f("ix_profile_updates_state_sent_at"), "profile_updates", ["state", "sent_at"])
    op.create_table(
        "profile_changes",
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("values", Document, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["update_id"], ["profile_updates.id"], name=op.f("fk_profile_changes_update_id_profile_updates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_changes")),
    )
    op.create_index(op.f("ix_profile_changes_update_id_place"), "profile_changes", ["update_id", "place"], unique=True)


def downgrade() -> None:
    op.drop_table("profile_changes")
    op.drop_table("profile_updates")
    op.drop_table("track_files")
