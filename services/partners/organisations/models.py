"""Outside bodies that we know: the organisations we could work with, or do."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Edited

#: What an organisation is, in the words of the main path's API.
KINDS = ("ngo", "charity", "community_group", "public_body", "company", "school", "other")


class Organisation(Edited, Base):
    __tablename__ = "organisations"
    __table_args__ = (Index(None, "sort_name", "id"),)

    name: Mapped[str] = mapped_column(String(200))
    #: The name folded for search and order, the same on both databases; folding may triple a name's length.
    sort_name: Mapped[str] = mapped_column(String(600))
    kind: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    website: Mapped[str | None] = mapped_column(String(500))

    __mapper_args__ = {"version_id_col": Edited.version}

    def rename(self, name: str) -> None:
        self.name, self.sort_name = name, fold(name)


def fold(text: str) -> str:
    """`text` as it is searched and ordered: without case."""
    return text.casefold()
