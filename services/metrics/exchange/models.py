"""Files with figures that somebody uploaded, and what became of each."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.engine import Edited
from shared.database.files import FileColumns
from shared.database.types import Document

#: Looked at and waiting for a person's word, or taken into the ledger.
READY, TAKEN = "ready", "taken"


class ExchangeFile(FileColumns, Edited, Base):
    """One uploaded file; the numbers are those of the last look at it, or of what was taken."""

    __tablename__ = "exchange_files"
    __table_args__ = (Index(None, "campaign_id", "id"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default=READY)
    #: Rows that are new figures, corrections of figures that are there, the same as these, and wrong ones.
    added: Mapped[int] = mapped_column(default=0)
    corrected: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    #: The first wrong cells, [{"place": "row 3, column C (Figure)", "reason": "..."}], and what was odd in the file.
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    notes: Mapped[list[str]] = mapped_column(Document, default=list)

    __mapper_args__ = {"version_id_col": Edited.version}
