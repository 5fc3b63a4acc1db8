import pytest

from shared.markdown import render_html, render_text


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://example.org/pixel.png)",
        "<a href='https://example.org' onclick='x()'>x</a>",
        "[x](data:text/html,boo)",
    ],
)
def test_nothing_that_runs_or_loads_gets_through(source):
    html = render_html(source)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert "<a href='https" not in html


def test_what_people_write_is_marked_up():
    html = render_html("# News\n\nWe **did** it, see [here](https://example.org/a?b=1&c=2).\n\n- one\n- two")
    assert "<h1>News</h1>" in html
    assert "<strong>did</strong>" in html
    assert 'href="https://example.org/a?b=1&amp;c=2"' in html
    assert "<li>one</li>" in html


def test_the_text_form_reads_well_by_itself():
    source = """# Big *news*

We **did** it with [Ocean Watch](https://example.org/ocean), <https://example.org>
and others.

1. First
2. Second, with words enough to go past the end of the line, so that it has to be wrapped once
   - inner

> Well done,
> all of you

***
"""
    assert (
        render_text(source)
        == """Big news
========

We did it with Ocean Watch (https://example.org/ocean), https://example.org
and others.

1. First
2. Second, with words enough to go past the end of the line, so that it has
   to be wrapped once
   - inner

> Well done, all of you

* * *"""
    )


def test_odd_markdown_neither_fails_nor_hangs():
    for source in ("", "\n" * 50, "[" * 500, "> " * 60 + "x", "- " * 60 + "x", "*" * 999, "1. \n2. \n", "#"):
        render_html(source)
        render_text(source)
