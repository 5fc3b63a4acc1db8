"""Exit packs as they go out."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.exits.models import BUILDING, EXPIRED, FAILED, GONE, READY

STATE_NAMES = {
    BUILDING: _l("Being gathered"),
    READY: _l("Ready"),
    FAILED: _l("Failed"),
    EXPIRED: _l("No longer there"),
    GONE: _l("No longer there"),
}
STATE_TONES = {BUILDING: "info", READY: "good", FAILED: "bad"}


class ExitPackSchema(Schema):
    id = fields.UUID()
    organisation_id = fields.UUID()
    state = fields.String(validate=validate.OneOf([*STATE_NAMES]))
    progress = fields.Integer(metadata={"description": "how many of the parts are gathered"})
    size = fields.Integer(allow_none=True, metadata={"description": "in bytes"})
    problem = fields.String(allow_none=True, metadata={"description": "why it failed; ask for a new one"})
    retry_at = fields.AwareDateTime(allow_none=True, metadata={"description": "when what failed is tried again"})
    created_at = fields.AwareDateTime()
    ready_at = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True, metadata={"description": "until then it can be taken"})
