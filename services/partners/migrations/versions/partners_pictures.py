"""Make the table of pictures that go along with stories."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Instant

revision = "partners_pictures"
down_revision = "partners_retries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_pictures",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_report_pictures_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_report_pictures_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_pictures")),
    )
    op.create_index(
        op.f("ix_report_pictures_organisation_id_campaign_id"), "report_pictures", ["organisation_id", "campaign_id"]
    )
    op.create_index(op.f("ix_report_pictures_submission_id"), "report_pictures", ["submission_id"])


def downgrade() -> None:
    op.drop_table("report_pictures")
