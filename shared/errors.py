"""The errors that use cases raise. `shared.web.problems` shows them; nothing else turns them into answers.

Each says what is wrong and what to do next in words for a person, because the same text reaches the page,
the API's problem document and the command line.
"""

from collections.abc import Mapping
from typing import Any


class Problem(Exception):
    """Something the caller can act on. `status` is the HTTP status code that it is answered with."""

    status = 400
    title = "Something in this request cannot be used"
    #: Whether an error page offers the way to the home page; who has no account would meet a closed door there.
    leads_home = True

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class Invalid(Problem):
    """Fields that cannot be taken. `fields` maps a path such as `partners.0` to what is wrong with it."""

    status = 422
    title = "Some fields need another look"

    def __init__(
        self, fields: Mapping[str, str], detail: str = "Correct the fields named here and send again."
    ) -> None:
        super().__init__(detail)
        self.fields = dict(fields)


class Unauthenticated(Problem):
    """Nobody is signed in, or what they showed has expired or been revoked."""

    status = 401
    title = "Sign in first"


class Forbidden(Problem):
    """A signed-in member of staff whose role does not allow it. Outsiders get `NotFound` instead."""

    status = 403
    title = "Your role does not allow this"


class NotFound(Problem):
    """There is no such thing, or none that the caller may know of: both answer alike."""

    status = 404
    title = "Nothing here"

    def __init__(self, detail: str = "There is nothing at this address that you can see.", **extra: Any) -> None:
        super().__init__(detail, **extra)


class LinkGone(NotFound):
    """A link that leads nowhere (any more); why is not told to whoever holds it."""

    title = "This link has ended"
    leads_home = False

    def __init__(self) -> None:
        super().__init__("It was used, has expired or was withdrawn. Ask the person who sent it for a new one.")


class NotYetKnown(NotFound):
    """Another service's news has not arrived; it is expected within `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Conflict(Problem):
    """The request contradicts what is already there."""

    status = 409
    title = "This contradicts what is already there"


class Stale(Problem):
    """Someone changed the thing meanwhile; `extra` may say who and what, and the page keeps what was typed."""

    status = 412
    title = "Someone changed this meanwhile"


class TooLarge(Problem):
    """More than is taken in one piece."""

    status = 413
    title = "This is too large"


class Unavailable(Problem):
    """Something we depend on is down; the caller should come back in `retry_after` seconds."""

    status = 503
    title = "Not available just now"

    def __init__(self, detail: str, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
