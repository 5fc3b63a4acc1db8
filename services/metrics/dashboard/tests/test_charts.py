"""Drawings: whatever the figures are, safe in a page and cheap to repeat."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.dashboard.shares_chart import Bar, draw_shares
from services.metrics.dashboard.trend_chart import Trend, TrendPoint, draw_trend
from shared import charts
from shared.charts import make_picture, stand_alone

BLUE = "#0b5cad"
FIGURES = st.floats(-1e18, 1e18) | st.floats(-1e-12, 1e-12) | st.sampled_from([0.0, 1.0, 999.9])


def make_trend(*levels: float, baseline: float = 0, target: float = 1000, label: str = "x") -> Trend:
    first = date(2026, 1, 31)
    points = [TrendPoint(first + timedelta(days=30 * n), level, level, label) for n, level in enumerate(levels)]
    return Trend(date(2026, 1, 1), date(2026, 12, 31), baseline, target, points, "Target", "Last", "even pace")


def test_a_trend_shows_the_target_the_last_value_and_each_months_label() -> None:
    svg = draw_trend(make_trend(100, 250, label="250 t in all"), "A finding", BLUE)
    assert {"Target", "Last", "even pace", "Jan 2026"} <= set(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    assert svg.count('aria-label="250 t in all"') == 2
    assert 'aria-label="A finding"' in svg


def test_a_drawing_has_no_inline_style_and_no_script() -> None:
    for svg in (draw_trend(make_trend(1), "t", BLUE), draw_shares([Bar("A", 1, 1, "1", "A: 1")], "t", BLUE)):
        assert "style" not in svg
        assert "<script" not in svg
        assert "xlink" not in svg


def test_words_are_escaped_wherever_they_stand() -> None:
    hostile = '<script>alert("1")</script>@@last@@'
    trend = draw_trend(make_trend(1, label=hostile), hostile, BLUE)
    shares = draw_shares([Bar(hostile, 1, 0, hostile, hostile)], hostile, BLUE)
    assert "<script" not in trend + shares
    assert "&lt;script&gt;" in trend


def test_a_figure_that_moves_nothing_visible_costs_no_new_drawing() -> None:
    draw_trend(make_trend(100, 500), "before", BLUE)
    drawn = charts._draw_once.cache_info().misses
    svg = draw_trend(make_trend(100, 500.01, label="500.01 t"), "after", BLUE)
    assert charts._draw_once.cache_info().misses == drawn
    assert 'aria-label="500.01 t"' in svg


@settings(max_examples=25, deadline=None)
@given(st.lists(FIGURES, min_size=1, max_size=4), FIGURES, FIGURES)
def test_any_figures_can_be_drawn(levels: list[float], baseline: float, target: float) -> None:
    if baseline != target:
        assert draw_trend(make_trend(*levels, baseline=baseline, target=target), "t", BLUE).startswith("<svg")
    assert draw_shares([Bar("A", level, abs(level) / 2, "v", "l") for level in levels], "t", BLUE).startswith("<svg")


@pytest.mark.parametrize("levels", [(1000.0,), (0.0, 990.0), (500.0, 1500.0)])
def test_a_drawing_stands_alone_as_svg_and_as_a_picture(levels: tuple[float, ...]) -> None:
    svg = draw_trend(make_trend(*levels), "t", BLUE)
    assert stand_alone(svg).count('fill="#ffffff"') == 1
    assert make_picture(svg).startswith(b"\x89PNG")
