"""Column types that mean the same on PostgreSQL and SQLite."""

from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Numeric, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

#: Figures are added and multiplied in this context: Python's own rounds to 28 digits, which two figures can exceed.
EXACT = Context(prec=1000, traps=[Inexact, InvalidOperation])
#: A JSON document; indexable on PostgreSQL.
Document = JSON().with_variant(JSONB(), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept and returned in UTC. A naive one is refused: nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Figure(TypeDecorator[Decimal]):
    """An exact decimal number. SQLite has none, so there it is text in plain notation; sum it with `exact_sum`."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return format(value, "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class exact_sum(GenericFunction[Decimal]):
    """SUM over `Figure` columns, exact on both databases; NULL where there are no rows, like SUM."""

    type = Figure()
    inherit_cache = True


@compiles(exact_sum, "postgresql")
def _sum_on_postgresql(element: exact_sum, compiler: SQLCompiler, **kw: Any) -> str:
    return f"sum({compiler.process(element.clauses, **kw)})"


class exact_add(GenericFunction[Decimal]):
    """One `Figure` plus another, exact on both databases: for counters that an upsert moves."""

    type = Figure()
    inherit_cache = True


@compiles(exact_add, "postgresql")
def _add_on_postgresql(element: exact_add, compiler: SQLCompiler, **kw: Any) -> str:
    one, other = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({one} + {other})"


def add_figures(one: str, other: str) -> str:
    """The SQLite function behind `exact_add`."""
    return format(EXACT.add(Decimal(one), Decimal(other)), "f")


class ExactSum:
    """The SQLite aggregate behind `exact_sum`."""

    def __init__(self) -> None:
        self.total: Decimal | None = None

    def step(self, value: str | None) -> None:
        if value is not None:
            self.total = EXACT.add(self.total or Decimal(0), Decimal(value))

    def finalize(self) -> str | None:
        return None if self.total is None else format(self.total, "f")
