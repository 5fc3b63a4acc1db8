"""Formulas over other KPIs: what is typed is hostile until it has passed through here.

A formula has names of KPIs, numbers, + - * /, parentheses, and min, max and abs. It is worked out in decimals: sums,
differences and products exactly up to 60 digits, quotients to 28. A level that is unknown, and a division by nothing,
make the whole unknown: None, never an error or a zero. Python's own parser reads it; `simpleeval` works it out, once
over units to see that they agree, and then over levels.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache, reduce
from typing import Any, Final

from simpleeval import SimpleEval

from services.metrics.alerts.levels import RATIO, SHARES
from services.metrics.indicators.units import Quantity, Unfit, Unit

#: Limits on what is typed: characters, operations within each other, digits of a number.
LONGEST: Final = 500
DEEPEST: Final = 60
_NUMBER: Final = re.compile(r"\d{1,18}(\.\d{1,12})?")
_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
_EXACT: Final = Context(prec=60, traps=_TRAPS)
#: What is larger is nobody's honest figure, and too large to show.
_LARGEST_EXPONENT: Final = 30
_OPERATORS: Final = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.USub: "-", ast.UAdd: "+"}
_FUNCTIONS: Final = {"min": (1, 20), "max": (1, 20), "abs": (1, 1)}


class Refused(Exception):
    """The formula can't be used; the text says why and what to write instead."""


@dataclass(frozen=True)
class Formula:
    """A formula that has been checked."""

    text: str
    tree: ast.expr
    #: The keys of the KPIs in it, in the order in which they are named.
    keys: tuple[str, ...]

    def find_unit(self, units: Mapping[str, Unit]) -> Quantity:
        """In what it comes out; `units` are those of the KPIs by key. Raises `Refused` where they don't agree."""
        names = {key: Quantity(units[key]) for key in self.keys}
        try:
            found: Quantity = _evaluate(self, names, Quantity.of_number, _UNIT_OPERATORS, _UNIT_FUNCTIONS)
        except Unfit as unfit:
            raise Refused(str(unfit)) from unfit
        return found

    def find_level(self, levels: Mapping[str, Decimal | None]) -> Decimal | None:
        """What it comes to at these levels of the KPIs, by key; None if nobody can say."""
        names = {}
        for key in self.keys:
            level = levels.get(key)
            if level is None:
                return None
            names[key] = level
        try:
            found: Decimal = _evaluate(self, names, Decimal, _LEVEL_OPERATORS, _LEVEL_FUNCTIONS)
        except (InvalidOperation, DivisionByZero, Overflow):
            return None
        return None if found.adjusted() > _LARGEST_EXPONENT else found

    def list_zero_divisors(self, levels: Mapping[str, Decimal | None]) -> list[str]:
        """The keys in what it divides by that comes to nothing at these levels, or has no level yet."""
        found: list[str] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                divisor = Formula(self.text, node.right, tuple(dict.fromkeys(_list_names(node.right))))
                if divisor.keys and not divisor.find_level(levels):
                    found += divisor.keys
        return list(dict.fromkeys(found))

    def follow(
        self, begin: Mapping[str, Decimal | None], levels: Mapping[str, Mapping[date, Decimal | None]]
    ) -> list[tuple[date, Decimal | None]]:
        """What it came to month by month, given the months in which each KPI's level changed, and to what.

        Before its first month a KPI stood where it began; between its months its level stays.
        """
        now, found = dict(begin), []
        for month in sorted({month for key in self.keys for month in levels.get(key, ())}):
            now |= {key: levels[key][month] for key in self.keys if month in levels.get(key, ())}
            found.append((month, self.find_level(now)))
        return found


@lru_cache(maxsize=1000)
def parse_formula(text: str) -> Formula:
    """The formula in `text`; raises `Refused`."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused(f"Use at most {LONGEST} characters.")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise Refused('This can\'t be read. Write it like "waste / hours" or "(a + b) * 100 / c".') from error
    _check(tree, text, 1)
    keys = tuple(dict.fromkeys(_list_names(tree)))
    if not keys:
        raise Refused("Name at least one KPI of this campaign by its key.")
    return Formula(text, tree, keys)


def parse_as(aggregation: str, text: str) -> Formula:
    """The formula of a KPI of this aggregation; a ratio is one KPI divided by another. Raises `Refused`."""
    formula = parse_formula(text)
    tree = formula.tree
    divides = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div) and len(formula.keys) == 2
    if aggregation == RATIO and not (divides and all(isinstance(each, ast.Name) for each in _list_sides(tree))):
        raise Refused('A ratio is one KPI divided by another, such as "waste / hours". Choose a formula for more.')
    return formula


def _list_sides(tree: ast.expr) -> list[ast.expr]:
    return [tree.left, tree.right] if isinstance(tree, ast.BinOp) else []


def _check(node: ast.AST, text: str, depth: int) -> None:
    """Raise `Refused` for whatever a formula doesn't have."""
    if depth > DEEPEST:
        raise Refused(f"It is nested too deeply: at most {DEEPEST} steps within each other.")
    inner: list[ast.AST] = []
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        inner = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        inner = [node.operand]
    elif isinstance(node, ast.Call):
        inner = _check_call(node)
    elif isinstance(node, ast.Constant):
        if not _NUMBER.fullmatch(ast.get_source_segment(text, node) or ""):
            raise Refused("Write numbers with digits and a point, such as 100 or 0.5.")
    elif not isinstance(node, ast.Name):
        raise Refused("Only + - * /, parentheses, numbers, keys of KPIs, and min, max and abs can stand in a formula.")
    for each in inner:
        _check(each, text, depth + 1)


def _check_call(node: ast.Call) -> list[ast.AST]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in _FUNCTIONS or node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
        raise Refused("Of functions there are min(a, b), max(a, b) and abs(a) only.")
    least, most = _FUNCTIONS[name]
    if not least <= len(node.args) <= most:
        raise Refused(f"{name} takes {'one value' if most == 1 else f'{least} to {most} values'}.")
    return list(node.args)


def _list_names(node: ast.AST) -> Iterator[str]:
    """The names in a checked tree from left to right, those of functions left out."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _list_names(argument)
    else:
        for inner in ast.iter_child_nodes(node):
            yield from _list_names(inner)


def _evaluate(
    formula: Formula, names: Mapping[str, Any], read_number: Callable[[str], Any], operators: Any, functions: Any
) -> Any:
    evaluator = SimpleEval(operators=operators, functions=functions, names=dict(names))

    def evaluate_number(node: ast.Constant) -> Any:
        # Python has read it as a float; what was typed is exact.
        return read_number(ast.get_source_segment(formula.text, node) or "")

    evaluator.nodes[ast.Constant] = evaluate_number
    return evaluator.eval(formula.text, previously_parsed=formula.tree)


def _divide(one: Decimal, other: Decimal) -> Decimal:
    return SHARES.divide(one, other)


_LEVEL_OPERATORS: Final = {
    ast.Add: _EXACT.add,
    ast.Sub: _EXACT.subtract,
    ast.Mult: _EXACT.multiply,
    ast.Div: _divide,
    ast.USub: lambda value: value.copy_negate(),
    ast.UAdd: lambda value: value,
}
_LEVEL_FUNCTIONS: Final = {
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "abs": lambda value: value.copy_abs(),
}
_UNIT_OPERATORS: Final = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_UNIT_FUNCTIONS: Final = {
    "min": lambda *values: reduce(operator.add, values),
    "max": lambda *values: reduce(operator.add, values),
    "abs": lambda value: value,
}
