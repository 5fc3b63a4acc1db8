"""Units as people write them ("t", "kg/person", "litres per day"), and what becomes of them in a formula."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: What is no unit but a way to write a share or a count without one.
_BARE: Final = frozenset({"", "%", "percent", "per cent", "ratio", "share", "index", "points", "x", "times", "1"})
_POWERS: Final = {"²": 2, "³": 3}


class Unfit(Exception):
    """Units that don't agree, in words."""


@dataclass(frozen=True)
class Unit:
    """A product of units to whole powers: t/h is {"t": 1, "h": -1}; nothing for a bare number."""

    powers: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, powers: Mapping[str, int]) -> "Unit":
        return cls(tuple(sorted((name, power) for name, power in powers.items() if power)))

    def combine(self, other: "Unit", sign: int) -> "Unit":
        """This unit times the other one, or divided by it with `sign` -1."""
        powers = Counter(dict(self.powers))
        for name, power in other.powers:
            powers[name] += sign * power
        return Unit.of(powers)

    def __str__(self) -> str:
        over = [_write(name, power) for name, power in self.powers if power > 0]
        under = [_write(name, -power) for name, power in self.powers if power < 0]
        return "/".join(["·".join(over) or "1", *under]) if over or under else ""


@dataclass(frozen=True)
class Quantity:
    """The unit of a part of a formula; `is_number` where only numbers stand in it, which go with any unit."""

    unit: Unit
    is_number: bool = False

    @classmethod
    def of_number(cls, _text: str) -> "Quantity":
        return cls(Unit(), is_number=True)

    def __add__(self, other: "Quantity") -> "Quantity":
        if self.is_number or other.is_number:
            return Quantity(other.unit if self.is_number else self.unit, self.is_number and other.is_number)
        if self.unit != other.unit:
            raise Unfit(f"{self} and {other} can't be added, subtracted or compared: they are not in the same unit.")
        return self

    def __sub__(self, other: "Quantity") -> "Quantity":
        return self + other

    def __mul__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.unit.combine(other.unit, 1), self.is_number and other.is_number)

    def __truediv__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.unit.combine(other.unit, -1), self.is_number and other.is_number)

    def __neg__(self) -> "Quantity":
        return self

    def __pos__(self) -> "Quantity":
        return self

    def __str__(self) -> str:
        return str(self.unit) or "a number without a unit"


def read_unit(text: str) -> Unit:
    """The unit in `text`: "kg/person/day" and "kg per person per day" are the same."""
    text = " ".join(text.split())
    if text.casefold() in _BARE:
        return Unit()
    powers: Counter[str] = Counter()
    for place, part in enumerate(re.split(r"\s*/\s*| per ", text)):
        for factor in re.split(r"\s*[·*]\s*", part):
            name, power = factor.strip(), 1
            if name[-1:] in _POWERS:
                name, power = name[:-1], _POWERS[name[-1]]
            if name.casefold() not in _BARE:
                powers[name] += power if place == 0 else -power
    return Unit.of(powers)


def _write(name: str, power: int) -> str:
    return name + {1: "", 2: "²", 3: "³"}.get(power, f"^{power}")
