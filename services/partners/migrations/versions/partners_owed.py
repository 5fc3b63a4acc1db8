"""Keep which organisations owe figures, and since when."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "partners_owed"
down_revision = "partners_pictures"
branch_labels = None
depends_on = None

OWED = sa.text("since IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "owed_figures",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_owed_figures_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_owed_figures")),
    )
    op.create_index(
        "ix_owed_figures_since",
        "owed_figures",
        ["organisation_id", "since"],
        postgresql_where=OWED,
        sqlite_where=OWED,
    )


def downgrade() -> None:
    op.drop_table("owed_figures")
