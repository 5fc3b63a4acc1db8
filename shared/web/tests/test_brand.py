"""The accent is dark enough to read, in light and in dark, or it is refused."""

import re

import pytest

from shared.web.brand import brand_stylesheet, measure_contrast


def test_contrast_is_measured_as_wcag_does() -> None:
    assert measure_contrast("#000000", "#ffffff") == pytest.approx(21)
    assert measure_contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert measure_contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("colour", ["#0b5cad", "#000000", "#767676", "#a3211c", "#11663c", "#5b2a86"])
def test_links_read_well_on_every_surface_they_stand_on(colour: str) -> None:
    light, dark = brand_stylesheet(colour).split("@media screen and (prefers-color-scheme: dark)")
    for part, surfaces in ((light, ("#ffffff", "#f6f7f9")), (dark, ("#14171c", "#1c2027", "#282d36"))):
        shades = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part))
        assert measure_contrast(shades["accent"], "#ffffff") >= 4.5
        assert measure_contrast(shades["accent-strong"], "#ffffff") >= 4.5
        for surface in (*surfaces, shades["accent-soft"]):
            assert measure_contrast(shades["accent-text"], surface) >= 4.5, surface


def test_a_colour_too_light_for_white_text_is_refused_with_one_that_would_do() -> None:
    with pytest.raises(ValueError, match="#ffcc00 is too light") as refused:
        brand_stylesheet("#ffcc00")
    offered = re.findall(r"#[0-9a-f]{6}", str(refused.value))[-1]
    assert measure_contrast(offered, "#ffffff") >= 4.5
    assert brand_stylesheet(offered)


@pytest.mark.parametrize("colour", ["blue", "#12345", "#1234567", "#0b5cad; } body { display: none", ""])
def test_what_is_no_colour_never_reaches_the_stylesheet(colour: str) -> None:
    with pytest.raises(ValueError, match="is no colour"):
        brand_stylesheet(colour)
