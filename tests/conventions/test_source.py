"""What the sources themselves must keep to, where no linter says it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TREES = ("shared", "services", "deploy", "tests")
#: Functions that are one literal from beginning to end.
LONG_BY_NATURE = {"_trend_spec"}
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TEST = 450, 60, 80


def find_files(*suffixes: str) -> Iterator[Path]:
    for tree in TREES:
        for path in sorted((ROOT / tree).rglob("*")):
            if path.suffix in suffixes and "__pycache__" not in path.parts:
                yield path


def check_python(text: str, *, is_test: bool, is_migration: bool = False) -> Iterator[str]:
    """What is wrong with a module, each with its line."""
    lines = text.splitlines()
    tree = ast.parse(text)
    if len(lines) > LONGEST_FILE:
        yield f"1: {len(lines)} lines: it is two things"
    if lines and not is_test and ast.get_docstring(tree) is None:
        yield "1: no docstring says what it is for"
    polling = {
        id(inner) for loop in ast.walk(tree) if isinstance(loop, ast.For | ast.While) for inner in ast.walk(loop)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_migration:
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > (LONGEST_TEST if is_test else LONGEST_FUNCTION) and node.name not in LONG_BY_NATURE:
                yield f"{node.lineno}: {node.name} has {length} lines: it is two things"
        sleeps = isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "sleep"}
        explained = isinstance(node, ast.Call) and "# Not a wait" in lines[node.lineno - 2]
        if is_test and sleeps and id(node) not in polling and not explained:
            yield f"{node.lineno}: a test waits for a condition, never for a guess"
        if isinstance(node, ast.ExceptHandler) and all(isinstance(each, ast.Pass) for each in node.body):
            yield f"{node.lineno}: an error is swallowed: use contextlib.suppress if that is meant"
    for number, line in enumerate(lines, start=1):
        if re.search(r"#\s*type:\s*ignore(?!\[)", line):
            yield f"{number}: `type: ignore` names the error that it ignores"
        if re.search(r"#\s*noqa(?!:)", line):
            yield f"{number}: `noqa` names the rule that it sets aside"


def check_template(text: str) -> Iterator[str]:
    """What would let a person's words through as HTML, or a browser refuse."""
    for number, line in enumerate(text.splitlines(), start=1):
        # Jinja takes what came through gettext for safe HTML: only words that stand in a template may.
        if re.search(r"(?<![\w.])_\(\s*(?![\"'\s])", line):
            yield f"{number}: gettext on a variable is unescaped HTML: use the filter `translated`"
        if re.search(r"\|\s*safe\b", line) and "{#- safe:" not in line:
            yield f"{number}: `safe` needs its reason on the same line: {{#- safe: ... -#}}"
        if re.search(r"\sstyle=|\son[a-z]+=[\"']|javascript:", line):
            yield f"{number}: our Content-Security-Policy refuses inline styles and scripts"


# The subject of mails and other pages that no browser of ours shows may carry styles.
MAILS = re.compile(r"mail|letter|frames")


def test_modules_are_short_say_what_they_are_for_and_hide_nothing() -> None:
    found = []
    for path in find_files(".py"):
        place = path.relative_to(ROOT)
        is_test = "tests" in place.parts
        objections = check_python(path.read_text(), is_test=is_test, is_migration="migrations" in place.parts)
        found += [f"{place}:{objection}" for objection in objections]
    assert not found, "\n".join(found)


def test_templates_escape_what_people_write_and_carry_nothing_inline() -> None:
    found = []
    for path in find_files(".html"):
        place = path.relative_to(ROOT)
        if not MAILS.search(str(place)):
            found += [f"{place}:{objection}" for objection in check_template(path.read_text())]
    assert not found, "\n".join(found)


def test_every_feature_has_files_of_the_known_roles_and_no_others() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base"}
    assert [str(path) for path in find_files(".py") if path.stem in vague] == []


@pytest.mark.parametrize(
    ("source", "objection"),
    [
        ("x = 1\n", "no docstring"),
        ('"""A."""\n' + "x = 1\n" * 450, "451 lines"),
        ('"""A."""\ndef f():\n' + "    x = 1\n" * 60, "f has 61 lines"),
        ('"""A."""\nx = 1  # type: ig' + "nore\n", "names the error"),
        ('"""A."""\nx = 1  # no' + "qa\n", "names the rule"),
        ('"""A."""\ntry:\n    f()\nexcept ValueError:\n    pass\n', "swallowed"),
    ],
)
def test_a_seeded_fault_in_a_module_is_found(source: str, objection: str) -> None:
    assert any(objection in each for each in check_python(source, is_test=False))


def test_a_seeded_sleep_in_a_test_is_found() -> None:
    assert list(check_python("import time\ntime.sleep(1)\n", is_test=True))
    assert not list(check_python("import time\nwhile not done():\n    time.sleep(1)\n", is_test=True))
    assert not list(check_python('"""A."""\nimport time\ntime.sleep(1)\n', is_test=False))


@pytest.mark.parametrize(
    "line", ["{{ _(reason) }}", "{{ name | safe }}", '<p style="x">', '<a onclick="x()">', '<a href="javascript:x()">']
)
def test_a_seeded_fault_in_a_template_is_found(line: str) -> None:
    assert list(check_template(line))


def test_a_good_template_line_gives_no_objection() -> None:
    assert not list(
        check_template('<p>{{ _("Known since") }} {{ words | translated }} {{ _x(name) }} {{ field._(x) }}</p>')
    )
