"""Keep what partners give and tell, what they promised, and who speaks for them."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Figure, Instant

revision = "metrics_stories"
down_revision = "metrics_iati"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("logo", sa.String(length=64), nullable=True))
    op.add_column("agreements", sa.Column("contributions", Document, nullable=False, server_default="[]"))
    op.create_table(
        "liaisons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liaisons")),
    )
    op.create_index(op.f("ix_liaisons_organisation_id"), "liaisons", ["organisation_id"])
    _create_given(
        "contributions",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("amount", Figure(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("quantity", Figure(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
    )
    _create_given(
        "stories",
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pictures", Document, nullable=False),
        sa.Column("links", Document, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("stories")
    op.drop_table("contributions")
    op.drop_table("liaisons")
    op.drop_column("agreements", "contributions")
    op.drop_column("organisations", "logo")


def _create_given(name: str, *columns: sa.Column) -> None:  # type: ignore[type-arg]
    op.create_table(
        name,
        *columns,
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "campaign_id",
            "organisation_id",
            "reference",
            name=op.f(f"uq_{name}_campaign_id_organisation_id_reference"),
        ),
    )
    op.create_index(op.f(f"ix_{name}_campaign_id_id"), name, ["campaign_id", "id"])
