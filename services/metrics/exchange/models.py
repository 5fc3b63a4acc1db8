"""Files with figures that somebody uploaded, and what became of each."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.engine import Edited
from shared.database.files import FileColumns
from shared.database.retries import RetryColumns
from shared.database.types import Document

#: Looked at and waiting for a person's word, or taken into the ledger.
READY, TAKEN = "ready", "taken"
#: A long file on its way: its rows are brought in, looked at, and, once someone has said so, taken; or it failed.
READING, CHECKING, TAKING, FAILED = "reading", "checking", "taking", "failed"
#: The states in which the worker has something to do.
UNDER_WAY = (READING, CHECKING, TAKING)
#: What becomes of a row: it is a new figure, corrects one, changes nothing, can't be taken; "" before a look at it.
ADDED, CORRECTED, SAME, WRONG, UNSEEN = "added", "corrected", "same", "wrong", ""
#: A spreadsheet of figures, or results in IATI.
FIGURES, RESULTS = "figures", "results"


class ExchangeFile(FileColumns, RetryColumns, Edited, Base):
    """One uploaded file; the numbers are those of the last look at it, or of what was taken."""

    __tablename__ = "exchange_files"
    __table_args__ = (Index(None, "campaign_id", "id"), Index(None, "state"))

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20), default=FIGURES, server_default=FIGURES)
    state: Mapped[str] = mapped_column(String(20), default=READY)
    #: Rows that are new figures, corrections of figures that are there, the same as these, and wrong ones.
    added: Mapped[int] = mapped_column(default=0)
    corrected: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    #: The first wrong cells, [{"place": "row 3, column C (Figure)", "reason": "..."}], and what was odd in the file.
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    notes: Mapped[list[str]] = mapped_column(Document, default=list)
    #: Of results: what people chose, as `plan_import` takes it, and how many KPIs get other targets.
    choices: Mapped[dict[str, str]] = mapped_column(Document, default=dict, server_default="{}")
    targets: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Of a long file: its columns' titles, field -> position of its column, how its numbers are written, its rows,
    #: how many of them the step under way has dealt with, and why it failed.
    titles: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    matched: Mapped[dict[str, int]] = mapped_column(Document, default=dict, server_default="{}")
    decimal_comma: Mapped[bool | None]
    rows: Mapped[int] = mapped_column(default=0, server_default="0")
    progress: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str | None] = mapped_column(Text)
    #: Whether the good rows are taken though others are wrong.
    partial: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    __mapper_args__ = {"version_id_col": Edited.version}


class ExchangeRow(Base):
    """A row of a long file while it is on its way; afterwards only those that were left out stay."""

    __tablename__ = "exchange_rows"
    __table_args__ = (
        Index(None, "exchange_id", "becomes", "number"),
        Index(None, "exchange_id", "reference"),
    )

    exchange_id: Mapped[UUID] = mapped_column(ForeignKey("exchange_files.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: As `shared.tables.kept` keeps them; empty once the row was found to be right.
    cells: Mapped[list[Any]] = mapped_column(Document)
    #: What becomes of it, "" before it was looked at.
    becomes: Mapped[str] = mapped_column(String(10), default="")
    errors: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    #: As partners' deliveries hold a figure, with whose it is.
    item: Mapped[dict[str, Any] | None] = mapped_column(Document)
    organisation_id: Mapped[UUID | None]
    #: Its KPI's key and its reference, by which a figure that stands twice in the file is found.
    kpi: Mapped[str | None] = mapped_column(String(60))
    reference: Mapped[str | None] = mapped_column(String(200))
