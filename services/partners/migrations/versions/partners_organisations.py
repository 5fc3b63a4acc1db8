"""Let the register hold all that is known of an organisation, its track record, and where it stands with us."""

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_organisations"
down_revision = "partners_0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("domain",),
    ("registration_key",),
    ("kind", "sort_name", "id"),
    ("country", "sort_name", "id"),
    ("reach", "sort_name", "id"),
    ("stage", "sort_name", "id"),
    ("stage", "updated_at", "id"),
)
TRIGRAMS = "ix_organisations_search_text_trigrams"


def upgrade() -> None:
    for column in _list_columns():
        op.add_column("organisations", column)
    _derive_columns()
    for columns in INDEXES:
        op.create_index(op.f(f"ix_organisations_{'_'.join(columns)}"), "organisations", columns)
    if op.get_bind().dialect.name == "postgresql":
        # A trusted extension: whoever owns the database may create it.
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.create_index(
            TRIGRAMS,
            "organisations",
            ["search_text"],
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )
    _create_tables()


def _list_columns() -> list[sa.Column[Any]]:
    # Defaults in the database let the release before this one go on registering organisations.
    return [
        sa.Column("domain", sa.String(length=253), nullable=True),
        sa.Column("registration_number", sa.String(length=100), nullable=True),
        sa.Column("registration_key", sa.String(length=300), nullable=True),
        sa.Column("mission", sa.Text(), nullable=True),
        sa.Column("values", sa.Text(), nullable=True),
        sa.Column("focus", Document, server_default="[]", nullable=False),
        sa.Column("places", Document, server_default="[]", nullable=False),
        sa.Column("reach", sa.String(length=20), nullable=True),
        sa.Column("people_reached", sa.Integer(), nullable=True),
        sa.Column("handles", Document, server_default="[]", nullable=False),
        sa.Column("logo", sa.String(length=64), nullable=True),
        sa.Column("brand_notes", sa.Text(), nullable=True),
        sa.Column("stage", sa.String(length=20), server_default="prospect", nullable=False),
        sa.Column("stage_changed_at", Instant(), nullable=True),
        sa.Column("search_text", sa.Text(), server_default=sa.text("''"), nullable=False),
    ]


def _derive_columns() -> None:
    connection = op.get_bind()
    organisations = sa.table(
        "organisations", sa.column("id", sa.Uuid()), *(sa.column(each) for each in ("sort_name", "website")),
        sa.column("domain"), sa.column("search_text"),
    )  # fmt: skip
    connection.execute(sa.update(organisations).values(search_text=organisations.c.sort_name))
    found = sa.select(organisations.c.id, organisations.c.website).where(organisations.c.website.is_not(None))
    for row in connection.execute(found).all():
        domain = (urlsplit(row.website).hostname or "").removeprefix("www.")[:253] or None
        connection.execute(sa.update(organisations).where(organisations.c.id == row.id).values(domain=domain))


def _create_tables() -> None:
    op.create_table(
        "organisation_topics",
        sa.Column("topic", sa.String(length=320), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_topics_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("topic", "organisation_id", name=op.f("pk_organisation_topics")),
    )
    op.create_index(op.f("ix_organisation_topics_organisation_id"), "organisation_topics", ["organisation_id"])
    op.create_table(
        "track_records",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("evidence", sa.String(length=500), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_track_records_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track_records")),
    )
    op.create_index(op.f("ix_track_records_organisation_id"), "track_records", ["organisation_id"])
    op.create_table(
        "stage_changes",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.String(length=20), nullable=False),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_stage_changes_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_changes")),
    )
    op.create_index(op.f("ix_stage_changes_organisation_id_id"), "stage_changes", ["organisation_id", "id"])
    op.create_table(
        "saved_views",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("filters", Document, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_person_id_name"), "saved_views", ["person_id", "name"], unique=True)
    op.create_index(op.f("ix_saved_views_shared"), "saved_views", ["shared"])


def downgrade() -> None:
    for table in ("saved_views", "stage_changes", "track_records", "organisation_topics"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        # The extension stays: others may use it, and the operator may have made it.
        op.drop_index(TRIGRAMS, table_name="organisations")
    for columns in INDEXES:
        op.drop_index(op.f(f"ix_organisations_{'_'.join(columns)}"), table_name="organisations")
    for column in _list_columns():
        op.drop_column("organisations", column.name)
