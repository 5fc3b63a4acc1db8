"""Intake while something beneath it is down: 202 without the broker, 503 without the database, nothing lost."""

import signal

import pytest

from tests.resilience.installation import Installation
from tests.resilience.job import Job, make_item
from tests.resilience.waiting import wait_until

pytestmark = pytest.mark.containers


def test_without_the_broker_every_delivery_is_taken_in_and_counts_once_it_is_back(
    installation: Installation, job: Job
) -> None:
    installation.broker.kill()
    job.run()
    assert all(set(each.answers) == {"202"} for each in job.partners)
    installation.broker.start()
    job.check()


def test_without_the_database_a_delivery_gets_a_503_that_says_when_to_come_back(
    installation: Installation, job: Job
) -> None:
    partner, items = job.partners[0], [make_item("waste", "4.31", "one")]
    installation.postgres.kill()
    try:
        answer = job.deliver_once(partner, items, "msg_while_down")
        assert answer is not None
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Content-Type"] == "application/problem+json"
        ready = installation.ask("/partners/readyz")
        assert ready.status_code == 503
        assert "database" in ready.json()["failing"]
        assert installation.ask("/partners/healthz").status_code == 200
    finally:
        installation.postgres.start()
    job.deliver(partner, items, message_id="msg_while_down")
    job.check()


def test_processes_started_without_broker_and_database_find_them_later(installation: Installation, job: Job) -> None:
    installation.broker.kill()
    installation.postgres.kill()
    process = installation.processes["metrics-worker"]
    process.kill()
    wait_until(lambda: "--- start" in process.tail(3), 10)
    installation.postgres.start()
    installation.broker.start()
    job.run()
    job.check()


def test_a_partner_reports_before_the_news_that_it_takes_part_could_be_told(
    installation: Installation, job: Job
) -> None:
    worker = installation.processes["campaigns-worker"]
    worker.stop(signal.SIGKILL)
    partner = job.join()
    job.admit(partner)
    job.deliver(partner, [make_item("waste", "4.31", "early")])
    wait_until(lambda: installation.find_leftovers().get("metrics.parked"), 30)
    worker.start()
    job.check()
