"""A process to be killed: a sender's and a hearer's worker, until nothing is left to do.

`python -m tests.conformance.victim SENDER_URL HEARER_URL AMQP_URL` (an empty AMQP_URL means the in-process bus). A
"kill" in an event's text kills the process from inside its handler.
"""

import os
import signal
import sys
import time
from typing import Any

from sqlalchemy import func, select

from shared.clock import utc_now
from shared.database.engine import Database
from shared.messaging.in_process import InProcessBus
from shared.messaging.outbox import record
from shared.messaging.rabbitmq import RabbitMQBus
from shared.messaging.tables import OutboxEntry
from shared.messaging.worker import Worker, stop_workers
from tests.conformance.site import Ears, Heard, ThingHappened

COUNT = 40


def die_if_told(_session: Any, event: Any) -> None:
    if event.data["text"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)


def main(sender_url: str, hearer_url: str, amqp_url: str) -> None:
    sender, hearer = Database(sender_url), Database(hearer_url)
    bus: Any = RabbitMQBus(amqp_url) if amqp_url else InProcessBus()
    subscriptions = Ears(die_if_told).subscriptions(batch=True)
    workers = [
        Worker(service="hearer", database=hearer, bus=bus, subscriptions=subscriptions),
        Worker(service="sender", database=sender, bus=bus),
    ]
    for worker in workers:
        worker.start()
    write_missing(sender)
    while count(sender, OutboxEntry) or count(hearer, Heard) < int(os.environ.get("EXPECTED", "0")):
        time.sleep(0.02)
    stop_workers(workers, 5)


def write_missing(sender: Database) -> None:
    """Record numbers up to `COUNT` in small transactions, from where the last process was killed."""
    begun = int(os.environ.get("BEGIN_AT", "0"))
    for n in range(begun, COUNT if "WRITE" in os.environ else begun, 4):
        with sender.transaction() as session:
            for each in range(n, n + 4):
                record(session, ThingHappened("a" if each % 2 else "b", each), now=utc_now())
                # What the transaction did, beside the events that tell of it.
                session.add(Heard(event_id="", type="", subject="", n=each, call=0, traceparent=None))


def count(database: Database, table: Any) -> int:
    with database.transaction(write=False) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


if __name__ == "__main__":
    main(*sys.argv[1:4])
