"""The import contracts hold, and each of them has been seen to fail on an import that it forbids."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent.parent
TREES = ("shared", "services", "deploy", "tests/conventions")

# Our packages are namespace packages: every folder on the path that holds some of them is a part of them. So the
# path must hold the copy and not the checkout that it was made from.
ALONE = """
import sys
from pathlib import Path
tree = sys.argv.pop(1)
sys.path = [tree, *(entry for entry in sys.path[1:] if not (Path(entry) / "services").is_dir())]
from importlinter.cli import lint_imports_command
lint_imports_command()
"""

# (contract, file that is added or appended to, what it says there)
VIOLATIONS = [
    ("services", "services/campaigns/settings.py", "import services.partners.events"),
    ("services", "services/metrics/database.py", "from services.campaigns.database import Base as Theirs"),
    ("shared", "shared/clock.py", "import services.partners.events"),
    ("shared", "shared/web/brand.py", "import services.metrics.database"),
    ("deploy", "services/partners/policy.py", "import deploy.standalone.seeded"),
    ("deploy", "shared/clock.py", "import deploy.standalone.seeded"),
    ("roles", "services/partners/organisations/models.py", "import services.partners.organisations.queries"),
    ("roles", "services/partners/organisations/queries.py", "import services.partners.organisations.service"),
    ("roles", "services/partners/organisations/service.py", "import services.partners.organisations.schemas"),
    ("roles", "services/partners/organisations/schemas.py", "import services.partners.organisations.api"),
    ("roles", "services/partners/organisations/api.py", "import services.partners.organisations.pages"),
    ("roles", "services/partners/organisations/pages.py", "import services.partners.app"),
    ("roles", "services/partners/settings.py", "import services.partners.people.models"),
    ("roles", "services/partners/organisations/service.py", "import services.partners.people.models"),
    ("roles", "services/partners/organisations/pages.py", "import services.partners.people.schemas"),
    ("sqlalchemy", "services/partners/organisations/api.py", "import sqlalchemy"),
    ("sqlalchemy", "services/partners/organisations/schemas.py", "from sqlalchemy import select"),
    ("sqlalchemy", "shared/web/brand.py", "import sqlalchemy.orm"),
    ("flask", "services/partners/organisations/service.py", "from flask import request"),
    ("flask", "shared/database/engine.py", "import flask"),
    ("pika", "shared/messaging/outbox.py", "import pika"),
    ("pika", "services/partners/organisations/service.py", "from pika import BlockingConnection"),
]


@pytest.fixture(scope="module")
def clean_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, with two small features that could close a circle."""
    tree = tmp_path_factory.mktemp("imports")
    for name in TREES:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    for feature, text in (("one", '"""One."""\n'), ("two", '"""Two."""\n\nimport services.campaigns.one.queries\n')):
        (tree / "services/campaigns" / feature).mkdir()
        (tree / "services/campaigns" / feature / "queries.py").write_text(text)
    (tree / "deploy/standalone/seeded.py").write_text('"""Something of the deployment\'s."""\n')
    return tree


def lint(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a tree: on the contracts named, or on all."""
    chosen = [word for name in contracts for word in ("--contract", name)]
    command = [sys.executable, "-c", ALONE, str(tree), "--no-cache", *chosen]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def test_every_contract_holds(clean_tree: Path) -> None:
    answer = lint(clean_tree)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(("contract", "file", "statement"), VIOLATIONS)
def test_a_forbidden_import_breaks_its_contract(
    contract: str, file: str, statement: str, clean_tree: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(clean_tree, tree)
    with (tree / file).open("a") as source:
        source.write(f"\n{statement}\n")
    answer = lint(tree, contract)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "0 kept, 1 broken" in answer.stdout
    importer = file.removesuffix(".py").replace("/", ".")
    assert importer in answer.stdout


def test_two_features_that_need_each_other_break_their_contract(clean_tree: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(clean_tree, tree)
    (tree / "services/campaigns/one/queries.py").write_text('"""One."""\n\nimport services.campaigns.two.queries\n')
    answer = lint(tree, "features")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "services.campaigns" in answer.stdout


def test_no_source_file_escapes_the_contracts() -> None:
    """A folder without `__init__.py` inside one that has it is invisible to the linter: everything must be seen."""
    seen = grimp.build_graph("shared", "services", "deploy", cache_dir=None).modules
    files = [path for name in ("shared", "services", "deploy") for path in (ROOT / name).rglob("*.py")]
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files
        if not {"tests", "testing"} & set(path.parts)
    ]
    assert not [name for name in names if name.removesuffix(".__init__") not in seen]
