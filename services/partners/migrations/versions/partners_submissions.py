"""Let submissions come by other ways than a webhook, keys have scopes, and refused deliveries be remembered."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "partners_submissions"
down_revision = "partners_handovers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Defaults in the database let the release before this one go on taking deliveries in.
    with op.batch_alter_table("webhook_keys") as table:
        table.add_column(sa.Column("kinds", Document, server_default="[]", nullable=False))
        table.add_column(sa.Column("campaigns", Document, server_default="[]", nullable=False))
    with op.batch_alter_table("submissions") as table:
        table.alter_column("key_id", existing_type=sa.Uuid(), nullable=True)
        table.add_column(sa.Column("channel", sa.String(length=20), server_default="webhook", nullable=False))
        table.add_column(sa.Column("trial", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("sent_by", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("corrects_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_submissions_corrects_id"), "submissions", ["corrects_id"], unique=False)
    op.create_table(
        "refusals",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("errors", Document, nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["webhook_keys.id"], name=op.f("fk_refusals_key_id_webhook_keys")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_refusals_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "campaign_partners",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_campaign_partners")),
    )
    op.create_index(
        op.f("ix_campaign_partners_organisation_id"), "campaign_partners", ["organisation_id"], unique=False
    )
    op.create_table(
        "kpis",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpis")),
        sa.UniqueConstraint("campaign_id", "key", name=op.f("uq_kpis_campaign_id_key")),
    )
    op.create_table(
        "report_drafts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("typed", Document, nullable=False),
        sa.Column("typed_by", sa.String(length=200), nullable=False),
        sa.Column("typed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_report_drafts_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "campaign_id", "kind", name=op.f("pk_report_drafts")),
    )
    op.create_index(op.f("ix_refusals_organisation_id_id"), "refusals", ["organisation_id", "id"], unique=False)
    op.create_index(op.f("ix_refusals_organisation_id_on_day"), "refusals", ["organisation_id", "on_day"], unique=False)
    op.create_index(op.f("ix_refusals_created_at"), "refusals", ["created_at"], unique=False)


def downgrade() -> None:
    for name in ("report_drafts", "kpis", "campaign_partners", "campaigns", "refusals"):
        op.drop_table(name)
    op.drop_index(op.f("ix_submissions_corrects_id"), table_name="submissions")
    with op.batch_alter_table("submissions") as table:
        for name in ("corrects_id", "sent_by", "trial", "channel"):
            table.drop_column(name)
        table.alter_column("key_id", existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table("webhook_keys") as table:
        table.drop_column("campaigns")
        table.drop_column("kinds")
