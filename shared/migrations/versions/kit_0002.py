"""Make the table of scoped links."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "kit_0002"
down_revision = "kit_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scoped_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("holder_email", sa.String(length=320), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoped_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_scoped_links_digest")),
    )
    op.create_index(op.f("ix_scoped_links_holder_id"), "scoped_links", ["holder_id"])
    op.create_index(op.f("ix_scoped_links_purpose_subject_id"), "scoped_links", ["purpose", "subject_id"])


def downgrade() -> None:
    op.drop_table("scoped_links")
