"""Exit packs: what an organisation contributed, gathered for it to keep."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Edited
from shared.database.retries import RetryColumns
from shared.database.types import Document, Instant

#: An expired pack is gone from the list; GONE once its content has left the store too.
BUILDING, READY, FAILED, EXPIRED, GONE = "building", "ready", "failed", "expired", "gone"


class ExitPack(RetryColumns, Edited, Base):
    """One pack. The worker gathers it part by part, so that it survives a restart and shows how far it is."""

    __tablename__ = "exit_packs"
    __table_args__ = (Index(None, "organisation_id", "id"), Index(None, "state", "updated_at"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    state: Mapped[str] = mapped_column(String(10), default=BUILDING)
    #: How many of the parts are gathered.
    progress: Mapped[int] = mapped_column(default=0)
    #: A ZIP in the store, once it is ready; in bytes.
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigInteger)
    ready_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Why it failed.
    problem: Mapped[str | None] = mapped_column(Text)

    __mapper_args__ = {"version_id_col": Edited.version}


class ExitPiece(Base):
    """A gathered part: a ZIP of its own in the store, and the stored files that belong beside it."""

    __tablename__ = "exit_pieces"

    pack_id: Mapped[UUID] = mapped_column(ForeignKey("exit_packs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rows: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    #: [path in the pack, the file's name in the store]
    files: Mapped[list[list[str]]] = mapped_column(Document)
