"""Make the tables of exit packs."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_exits"
down_revision = "partners_scorecards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exit_packs",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("ready_at", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_exit_packs_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_packs")),
    )
    op.create_index(op.f("ix_exit_packs_organisation_id_id"), "exit_packs", ["organisation_id", "id"])
    op.create_index(op.f("ix_exit_packs_state_updated_at"), "exit_packs", ["state", "updated_at"])
    op.create_table(
        "exit_pieces",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("files", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["exit_packs.id"], name=op.f("fk_exit_pieces_pack_id_exit_packs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pack_id", "position", name=op.f("pk_exit_pieces")),
    )


def downgrade() -> None:
    op.drop_table("exit_pieces")
    op.drop_table("exit_packs")
