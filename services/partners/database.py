"""This service's own tables hang on this base; nobody else's do."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.database.engine import NAMING


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
