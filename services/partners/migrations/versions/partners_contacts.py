"""Make the tables of contacts, consents and owners; a liaison who can sign in is a contact."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.clock import new_id
from shared.database.types import Document, Instant

revision = "partners_contacts"
down_revision = "partners_organisations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sort_name", sa.String(length=600), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("roles", Document, nullable=False),
        sa.Column("is_liaison", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_contacts_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_contacts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("organisation_id", "email", name=op.f("uq_contacts_organisation_id_email")),
        sa.UniqueConstraint("person_id", name=op.f("uq_contacts_person_id")),
    )
    op.create_index(
        op.f("ix_contacts_organisation_id_sort_name_id"), "contacts", ["organisation_id", "sort_name", "id"]
    )
    condition = sa.text("is_liaison")
    op.create_index(
        "uq_contacts_liaison", "contacts", ["organisation_id"], unique=True, sqlite_where=condition,
        postgresql_where=condition,
    )  # fmt: skip
    op.create_table(
        "consents",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("given_how", sa.String(length=200), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_how", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_contact_id"), "consents", ["contact_id"])
    condition = sa.text("withdrawn_on IS NULL")
    op.create_index(
        "uq_consents_in_force", "consents", ["contact_id", "purpose"], unique=True, sqlite_where=condition,
        postgresql_where=condition,
    )  # fmt: skip
    op.create_table(
        "owners",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_owners_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_owners_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owners")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_owners_organisation_id")),
    )
    op.create_index(op.f("ix_owners_person_id"), "owners", ["person_id"])
    _copy_liaisons()


def _copy_liaisons() -> None:
    """Those who sign in for an organisation are known already; the first of each becomes its liaison."""
    connection, metadata = op.get_bind(), sa.MetaData()
    people = sa.Table("people", metadata, *_columns("id organisation_id", sa.Uuid()), *_columns("name email locale"),
                      sa.Column("time_zone", sa.String()), sa.Column("role", sa.String()),
                      sa.Column("active", sa.Boolean()), sa.Column("created_at", Instant()))  # fmt: skip
    contacts = sa.Table("contacts", metadata, *_columns("id organisation_id person_id", sa.Uuid()),
                        *_columns("name sort_name email phone channel locale time_zone notes"),
                        sa.Column("roles", Document), *_columns("is_liaison active", sa.Boolean()),
                        *_columns("created_at updated_at", Instant()), sa.Column("version", sa.Integer()))  # fmt: skip
    led = set()
    found = sa.select(people).where(people.c.role == "liaison", people.c.organisation_id.is_not(None))
    for person in connection.execute(found.order_by(people.c.id)).all():
        is_liaison = person.active and person.organisation_id not in led
        if is_liaison:
            led.add(person.organisation_id)
        connection.execute(contacts.insert().values(
            id=new_id(), organisation_id=person.organisation_id, person_id=person.id, name=person.name,
            sort_name=person.name.casefold(), email=person.email, phone=None, channel="mail", locale=person.locale,
            time_zone=person.time_zone, notes="", roles=[], is_liaison=is_liaison, active=True,
            created_at=person.created_at, updated_at=person.created_at, version=1,
        ))  # fmt: skip


def _columns(names: str, kind: Any = None) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind or sa.String()) for name in names.split()]


def downgrade() -> None:
    op.drop_table("owners")
    op.drop_table("consents")
    op.drop_table("contacts")
