"""Time and identifiers. Code that needs the time takes it as an argument; only the edges ask for it here."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

_EPOCH = datetime.fromtimestamp(0, UTC)


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def day_of(instant: datetime, time_zone: str) -> date:
    """The calendar date of an aware instant in an IANA time zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): ids made later sort later, which keeps indexes and cursors in order."""
    return uuid7()


def floor_id(instant: datetime) -> UUID:
    """What `new_id` makes at `instant` or after it is no less, and less before it: the time alone, in milliseconds."""
    return UUID(int=max((instant - _EPOCH) // timedelta(milliseconds=1), 0) << 80)


def read_time(made: UUID) -> datetime:
    """When `new_id` made this id, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=made.int >> 80)
