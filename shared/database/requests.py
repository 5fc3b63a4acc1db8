"""The transaction of one web request: opened when first needed, committed or rolled back at the edge."""

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, TimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from shared.database.engine import Database

#: What a handler sees when the database cannot be reached (as against a mistake in what was asked of it).
DATABASE_DOWN = (OperationalError, TimeoutError)
#: Two writers met on one row, or two rows claimed one unique name.
WRITE_CONFLICT = (StaleDataError, IntegrityError)


class RequestTransaction:
    """Holds the session of one request. `write` is False for GET and HEAD, which then never block writers."""

    def __init__(self, database: Database, *, write: bool) -> None:
        self._database = database
        self._write = write
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = self._database.session(write=self._write)
        return self._session

    def commit(self) -> None:
        if self._session is not None:
            self._session.commit()

    def close(self) -> None:
        """Roll back whatever was not committed and give the connection back."""
        if self._session is not None:
            try:
                self._session.close()
            except DBAPIError:
                self._session.invalidate()
            self._session = None
