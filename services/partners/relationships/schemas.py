"""What needs attention, as it goes out."""

from marshmallow import Schema, fields

from shared.web.answers import PageQuery


class SignalSchema(Schema):
    kind = fields.String(dump_only=True)
    since = fields.Date(dump_only=True)
    text = fields.String(dump_only=True)
    link = fields.String(dump_only=True)


class WaitingSchema(Schema):
    organisation_id = fields.UUID(dump_only=True)
    name = fields.String(dump_only=True)
    since = fields.Date(dump_only=True, metadata={"description": "the day since when somebody waits"})
    signals = fields.List(fields.Nested(SignalSchema), dump_only=True)


class AttentionQuery(PageQuery):
    mine = fields.Boolean(
        load_default=False, metadata={"description": "only organisations that you are responsible for"}
    )
