"""The one accent colour: checked for contrast, and turned into the few shades that the pages use.

Contrast is WCAG 2.2's ratio of relative luminances (success criterion 1.4.3), from 1 to 21.
"""

import re
from typing import Final

Rgb = tuple[int, int, int]

ENOUGH: Final = 4.5  # WCAG 2.2 AA for text of body size
WHITE: Final[Rgb] = (255, 255, 255)
BLACK: Final[Rgb] = (0, 0, 0)
LIGHT_PAGE: Final[Rgb] = (246, 247, 249)  # saypro.css: --page, light
DARK_SURFACE: Final[Rgb] = (40, 45, 54)  # saypro.css: --raised, dark, the lightest that links stand on


def measure_contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours written as #rrggbb, from 1 (the same) to 21 (black on white)."""
    return _contrast(_parse(one), _parse(other))


def brand_stylesheet(colour: str) -> str:
    """The stylesheet that gives the pages their accent, `colour` (#rrggbb), in light and dark.

    Raises `ValueError` in words for whoever sets it when it is no colour or too light for white text.
    """
    accent = _parse(colour)
    ratio = _contrast(accent, WHITE)
    if ratio < ENOUGH:
        raise ValueError(
            f"{colour} is too light for white text on it: its contrast is {ratio:.1f} to 1 where {ENOUGH}"
            f" to 1 is needed. {_write(_approach(accent, BLACK, WHITE))}, the nearest darker shade, would do."
        )
    light_soft, dark_soft = _mix(accent, WHITE, 0.9), _mix(accent, DARK_SURFACE, 0.72)
    light = {
        "accent": accent,
        "accent-strong": _mix(accent, BLACK, 0.2),
        "accent-text": _approach(accent, BLACK, LIGHT_PAGE, light_soft),
        "accent-soft": light_soft,
    }
    dark = {
        "accent": accent,
        "accent-strong": _mix(accent, BLACK, 0.15),
        "accent-text": _approach(accent, WHITE, DARK_SURFACE, dark_soft),
        "accent-soft": dark_soft,
    }
    # Charts are drawn once, in the accent itself, which would drown on a dark page.
    drawings = "".join(
        f'.chart-drawing [{kind}="{colour}" i] {{ {kind}: var(--accent-text); }}\n' for kind in ("fill", "stroke")
    )
    return (
        f":root {{\n{_declare(light)}}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{\n:root {{\n{_declare(dark)}}}\n{drawings}}}\n"
    )


def _declare(colours: dict[str, Rgb]) -> str:
    lines = [f"  --{name}: {_write(colour)};\n" for name, colour in colours.items()]
    numbers = ", ".join(map(str, colours["accent-text"]))
    return "".join(lines) + f"  --accent-text-rgb: {numbers};\n"


def _parse(colour: str) -> Rgb:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"{colour!r} is no colour: write it as #rrggbb, for instance #0b5cad.")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _write(colour: Rgb) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _mix(colour: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _approach(colour: Rgb, towards: Rgb, *backgrounds: Rgb) -> Rgb:
    """The shade nearest to `colour`, on the way `towards` black or white, that reads on all `backgrounds`."""
    shades = (_mix(colour, towards, step / 100) for step in range(101))
    return next(shade for shade in shades if min(_contrast(shade, each) for each in backgrounds) >= ENOUGH)


def _contrast(one: Rgb, other: Rgb) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
