"""One installation for all tests here; each test brings a campaign of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from shared.testing.containers import docker_or_skip
from tests.resilience.installation import Installation
from tests.resilience.servers import Broker, Postgres

# Its comparisons should say what differs; that has to be known before it is imported.
pytest.register_assert_rewrite("tests.resilience.job")
from tests.resilience.job import Job  # noqa: E402


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these share processes: xdist, which reads marks in this hook too, must not spread them over workers."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("resilience"))


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Everything up and ready."""
    client = docker_or_skip()
    with ExitStack() as stack:
        stack.callback(client.close)
        postgres = Postgres(client)
        stack.callback(postgres.remove)
        broker = Broker(client)
        stack.callback(broker.remove)
        installation = Installation(tmp_path_factory.mktemp("installation"), postgres, broker)
        stack.callback(installation.stop)
        installation.start()
        yield installation


@pytest.fixture(autouse=True)
def logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """The ends of the processes' logs, printed so that pytest shows them for a test that failed."""
    yield
    if "installation" in request.fixturenames:
        for name, tail in request.getfixturevalue("installation").tails().items():
            print(f"===== {name}\n{tail[-3000:]}")


@pytest.fixture
def job(installation: Installation, request: pytest.FixtureRequest) -> Job:
    """A campaign of this test's own, with its partners and KPIs; the same figures at every run."""
    return Job(installation, seed=len(request.node.name))
