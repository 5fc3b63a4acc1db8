"""Make the tables of notifications."""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Document, Instant

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sort_title", sa.String(length=600), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("sent_by", sa.String(length=200), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint("key", name=op.f("uq_announcements_key")),
    )
    op.create_index(op.f("ix_announcements_campaign_id_id"), "announcements", ["campaign_id", "id"], unique=False)
    op.create_index(op.f("ix_announcements_state_id"), "announcements", ["state", "id"], unique=False)
    op.create_table(
        "feed_items",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("staff_only", sa.Boolean(), nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_items")),
        sa.UniqueConstraint("key", name=op.f("uq_feed_items_key")),
    )
    op.create_index(op.f("ix_feed_items_at_id"), "feed_items", ["at", "id"], unique=False)
    op.create_index(op.f("ix_feed_items_campaign_id_at"), "feed_items", ["campaign_id", "at"], unique=False)
    op.create_table(
        "known_campaigns",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("owner_name", sa.String(length=200), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_campaigns")),
    )
    op.create_table(
        "known_organisations",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_organisations")),
    )
    op.create_table(
        "known_people",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_people")),
    )
    op.create_index(op.f("ix_known_people_organisation_id"), "known_people", ["organisation_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("recipient_email", sa.String(length=320), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("announcement_id", sa.Uuid(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index(op.f("ix_messages_announcement_id"), "messages", ["announcement_id"], unique=False)
    op.create_index(op.f("ix_messages_campaign_id_id"), "messages", ["campaign_id", "id"], unique=False)
    op.create_index(op.f("ix_messages_recipient_id_id"), "messages", ["recipient_id", "id"], unique=False)
    op.create_index(op.f("ix_messages_state_due_at"), "messages", ["state", "due_at"], unique=False)
    op.create_table(
        "campaign_partners",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["known_campaigns.id"],
            name=op.f("fk_campaign_partners_campaign_id_known_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_campaign_partners")),
    )
    op.create_index(
        op.f("ix_campaign_partners_organisation_id_campaign_id"),
        "campaign_partners",
        ["organisation_id", "campaign_id"],
        unique=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id_messages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_message_id_id"), "deliveries", ["message_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_deliveries_message_id_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_campaign_partners_organisation_id_campaign_id"), table_name="campaign_partners")
    op.drop_table("campaign_partners")
    op.drop_index(op.f("ix_messages_state_due_at"), table_name="messages")
    op.drop_index(op.f("ix_messages_recipient_id_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_campaign_id_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_announcement_id"), table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_known_people_organisation_id"), table_name="known_people")
    op.drop_table("known_people")
    op.drop_table("known_organisations")
    op.drop_table("known_campaigns")
    op.drop_index(op.f("ix_feed_items_campaign_id_at"), table_name="feed_items")
    op.drop_index(op.f("ix_feed_items_at_id"), table_name="feed_items")
    op.drop_table("feed_items")
    op.drop_index(op.f("ix_announcements_state_id"), table_name="announcements")
    op.drop_index(op.f("ix_announcements_campaign_id_id"), table_name="announcements")
    op.drop_table("announcements")
