"""Pages that show a campaign's chosen KPIs to anybody who has their address."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.engine import Edited
from shared.database.types import Document, Instant

#: Which other sites may show the compact version in a frame.
EMBEDDINGS = NOBODY, LISTED, ANYWHERE = ("nobody", "listed", "anywhere")


class PublicPage(Edited, Base):
    """One public page. Its address holds a secret of which only the digest is kept."""

    __tablename__ = "public_pages"
    __table_args__ = (Index(None, "campaign_id", "id"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    #: Another address has another digest, and then the former leads nowhere.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    heading: Mapped[str] = mapped_column(String(120))
    intro: Mapped[str] = mapped_column(String(2000), default="")
    #: Keys of the campaign's KPIs.
    kpis: Mapped[list[str]] = mapped_column(Document)
    #: Whether it says how much each partner contributed.
    shows_shares: Mapped[bool] = mapped_column(default=False)
    embedding: Mapped[str] = mapped_column(String(20), default=NOBODY)
    #: The sites that are meant by "listed", such as "https://www.example.org".
    origins: Mapped[list[str]] = mapped_column(Document, default=list)
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))
    #: When its present address was made.
    addressed_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None

    @property
    def frames(self) -> list[str]:
        """The sites that may show it in a frame, as a Content-Security-Policy lists them; empty for none."""
        return ["*"] if self.embedding == ANYWHERE else self.origins if self.embedding == LISTED else []


def digest_secret(secret: str) -> str:
    """What is kept of an address' secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
