"""Make the table of contacts as heard from partners."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "notifications_contacts"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_contacts",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("is_liaison", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("may_mail", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_contacts")),
    )
    op.create_index(op.f("ix_known_contacts_organisation_id"), "known_contacts", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("known_contacts")
