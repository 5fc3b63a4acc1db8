"""Find organisations of similar names by short keys; a due job makes those of organisations that are there."""

import sqlalchemy as sa
from alembic import op

revision = "partners_match_keys"
down_revision = "partners_promises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation_match_keys",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_match_keys_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "organisation_id", name=op.f("pk_organisation_match_keys")),
    )
    op.create_index(op.f("ix_organisation_match_keys_organisation_id"), "organisation_match_keys", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("organisation_match_keys")
