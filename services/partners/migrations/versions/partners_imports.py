"""Make the tables of spreadsheets that are on their way into the register."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_imports"
down_revision = "partners_vetting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("sheet", sa.String(length=100), nullable=True),
        sa.Column("encoding", sa.String(length=20), nullable=True),
        sa.Column("decimal_comma", sa.Boolean(), nullable=True),
        sa.Column("titles", Document, nullable=False),
        sa.Column("sheets", Document, nullable=False),
        sa.Column("notes", Document, nullable=False),
        sa.Column("matched", Document, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_state"), "imports", ["state"])
    op.create_index(op.f("ix_imports_sha256"), "imports", ["sha256"])
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cells", Document, nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("errors", Document, nullable=False),
        sa.Column("name_key", sa.String(length=110), nullable=True),
        sa.Column("same_as", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("likeness", Document, nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id_imports"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_import_rows_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_rows")),
    )
    for columns in (
        ["import_id", "verdict", "number"],
        ["import_id", "outcome", "number"],
        ["import_id", "name_key"],
        ["organisation_id"],
    ):
        op.create_index(op.f(f"ix_import_rows_{'_'.join(columns)}"), "import_rows", columns)


def downgrade() -> None:
    op.drop_table("import_rows")
    op.drop_table("imports")
