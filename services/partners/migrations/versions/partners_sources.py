"""Keep a proposal's text as it was written, so that its next version does not begin with an old date and signature."""

import sqlalchemy as sa
from alembic import op

revision = "partners_sources"
down_revision = "partners_reciprocity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("proposal_versions", sa.Column("source", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("proposal_versions", "source")
