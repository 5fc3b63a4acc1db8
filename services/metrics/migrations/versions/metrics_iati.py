"""Results in IATI and long files of figures, with their rows while they are on their way."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "metrics_iati"
down_revision = "metrics_overdue"
branch_labels = None
depends_on = None

ADDED = ("kind", "choices", "targets", "titles", "matched", "decimal_comma", "rows", "progress", "problem", "partial",
         "tries", "retry_at")  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("exchange_files") as table:
        table.add_column(sa.Column("kind", sa.String(length=20), nullable=False, server_default="figures"))
        table.add_column(sa.Column("choices", Document, nullable=False, server_default="{}"))
        table.add_column(sa.Column("targets", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("titles", Document, nullable=False, server_default="[]"))
        table.add_column(sa.Column("matched", Document, nullable=False, server_default="{}"))
        table.add_column(sa.Column("decimal_comma", sa.Boolean(), nullable=True))
        table.add_column(sa.Column("rows", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("progress", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("problem", sa.Text(), nullable=True))
        table.add_column(sa.Column("partial", sa.Boolean(), nullable=False, server_default=sa.text("false")))
        table.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("retry_at", Instant(), nullable=True))
    op.create_index(op.f("ix_exchange_files_state"), "exchange_files", ["state"])
    op.create_table(
        "exchange_rows",
        sa.Column("exchange_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cells", Document, nullable=False),
        sa.Column("becomes", sa.String(length=10), nullable=False),
        sa.Column("errors", Document, nullable=False),
        sa.Column("item", Document, nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("kpi", sa.String(length=60), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["exchange_id"],
            ["exchange_files.id"],
            name=op.f("fk_exchange_rows_exchange_id_exchange_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("exchange_id", "number", name=op.f("pk_exchange_rows")),
    )
    op.create_index(
        op.f("ix_exchange_rows_exchange_id_becomes_number"), "exchange_rows", ["exchange_id", "becomes", "number"]
    )
    op.create_index(op.f("ix_exchange_rows_exchange_id_reference"), "exchange_rows", ["exchange_id", "reference"])


def downgrade() -> None:
    op.drop_table("exchange_rows")
    op.drop_index(op.f("ix_exchange_files_state"), table_name="exchange_files")
    with op.batch_alter_table("exchange_files") as table:
        for name in ADDED:
            table.drop_column(name)
