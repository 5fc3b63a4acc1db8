"""What a partner's report of contributions or stories holds, read item by item.

Partners' service has checked it before; what does not fit all the same is passed over, because nobody waits for a
verdict on it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from shared.fields import ExactNumber, Line, Prose

#: How many pictures of a story are kept.
MOST_PICTURES = 10


class ContributionItemSchema(Schema):
    reference = Line(required=True)
    kind = Line(required=True, longest=20)
    what = Line(required=True)
    amount = ExactNumber(load_default=None, allow_none=True)
    currency = Line(load_default="", longest=3)
    quantity = ExactNumber(load_default=None, allow_none=True)
    unit = Line(load_default="", longest=40)
    given_on = fields.Date(required=True)


class StoryItemSchema(Schema):
    reference = Line(required=True)
    title = Line(required=True)
    text = Prose(required=True)
    happened_on = fields.Date(load_default=None, allow_none=True)
    #: Addresses of pictures elsewhere, which are never shown in our pages.
    links = fields.List(fields.Url(schemes={"https"}), load_default=list, data_key="pictures")


class StoryPictureSchema(Schema):
    name = Line(required=True)
    media_type = Line(required=True)
    sha256 = Line(required=True, longest=64)
    size = fields.Integer(required=True)
    description = Line(required=True, longest=300)


def read_items(schema: type[Schema], told: Any) -> dict[str, dict[str, Any]]:
    """The good items of the list `told` by their reference; of two with the same the later one."""
    read: dict[str, dict[str, Any]] = {}
    for raw in told if isinstance(told, list) else []:
        item = _load(schema, raw)
        if item is not None:
            read[item.pop("reference")] = item
    return read


def read_pictures(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pictures that came along, as they are kept."""
    read = [_load(StoryPictureSchema, each) for each in told[:MOST_PICTURES]]
    return [each for each in read if each]


def _load(schema: type[Schema], raw: Any) -> dict[str, Any] | None:
    try:
        loaded: dict[str, Any] = schema().load(raw, unknown=EXCLUDE)
    except ValidationError:
        return None
    return loaded
