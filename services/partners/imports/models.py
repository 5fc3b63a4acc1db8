"""A spreadsheet of organisations on its way into the register, and its rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Edited
from shared.database.files import FileColumns
from shared.database.retries import RetryColumns
from shared.database.types import Document

#: What happens to an import, in this order; FAILED ends it for now.
READING, CHECKING, READY, RUNNING, DONE, FAILED = "reading", "checking", "ready", "running", "done", "failed"
#: The states in which the worker has something to do.
UNDER_WAY = (READING, CHECKING, RUNNING)
#: What a look at a row finds: it can go in, a cell is wrong, it may be there already, or it is there and the same.
UNSEEN, GOOD, WRONG, LIKELY, SAME = "", "good", "wrong", "likely", "same"
#: What is to be done with a row.
ADD, SKIP, FILL, REPLACE = "add", "skip", "fill", "replace"
ACTIONS = (SKIP, ADD, FILL, REPLACE)
#: What became of a row.
WAITING, ADDED, CHANGED, LEFT, REFUSED = "", "added", "changed", "left", "refused"


class Import(FileColumns, RetryColumns, Edited, Base):
    """One uploaded file. `matched` is field -> position of its column in `titles`."""

    __tablename__ = "imports"
    __table_args__ = (Index(None, "state"), Index(None, "sha256"))

    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default=READING)
    #: Why it failed.
    problem: Mapped[str | None] = mapped_column(Text)
    #: The state to go on from when someone tries again; None where the file itself is to blame.
    failed_in: Mapped[str | None] = mapped_column(String(20))
    sheet: Mapped[str | None] = mapped_column(String(100))
    encoding: Mapped[str | None] = mapped_column(String(20))
    decimal_comma: Mapped[bool | None]
    titles: Mapped[list[str]] = mapped_column(Document, default=list)
    sheets: Mapped[list[str]] = mapped_column(Document, default=list)
    notes: Mapped[list[str]] = mapped_column(Document, default=list)
    matched: Mapped[dict[str, int]] = mapped_column(Document, default=dict)
    rows: Mapped[int] = mapped_column(default=0)
    #: How many of the rows the step under way has dealt with.
    progress: Mapped[int] = mapped_column(default=0)

    __mapper_args__ = {"version_id_col": Edited.version}


class ImportRow(Base):
    """A row as it stands in the file, with what was found in it and what becomes of it."""

    __tablename__ = "import_rows"
    __table_args__ = (
        Index(None, "import_id", "verdict", "number"),
        Index(None, "import_id", "outcome", "number"),
        Index(None, "import_id", "name_key"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: As `shared.tables.kept` keeps them.
    cells: Mapped[list[Any]] = mapped_column(Document)
    verdict: Mapped[str] = mapped_column(String(10), default=UNSEEN)
    #: Field -> what is wrong; "" is the row as a whole.
    errors: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    #: By this, an organisation that stands twice in the file is found.
    name_key: Mapped[str | None] = mapped_column(String(110))
    #: The earlier row of the file that is likely the same.
    same_as: Mapped[int | None]
    #: The organisation in the register that is likely the same, and after the import the one it went into.
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    #: How alike that one is, out of 100, by what, and what differs: {"score", "reasons", "differs"}.
    likeness: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    action: Mapped[str] = mapped_column(String(10), default=ADD)
    outcome: Mapped[str] = mapped_column(String(10), default=WAITING)
