"""Makes a service's worker from its description: its relay, its consumer and what it does by the clock."""

from datetime import timedelta

from shared.database.idempotency import forget_answers
from shared.messaging.bus import Bus
from shared.messaging.jobs import DueJob
from shared.messaging.worker import Worker
from shared.service import Runtime
from shared.settings import KitSettings


def make_worker(runtime: Runtime, bus: Bus) -> Worker:
    """The worker of `runtime`'s service, not yet started."""
    service, settings = runtime.service, runtime.settings
    return Worker(
        service=service.name,
        database=runtime.database,
        bus=bus,
        subscriptions=service.subscriptions,
        jobs=[*service.due_jobs(runtime), DueJob("kit.forget_answers", timedelta(hours=1), forget_answers)],
        partition=settings.partition,
        rest=service.rest,
        heartbeat=settings.worker_heartbeat,
    )


def open_bus(settings: KitSettings) -> Bus:
    """RabbitMQ, as the settings say; imported here because the one-process size never needs it."""
    from shared.messaging.rabbitmq import RabbitMQBus

    return RabbitMQBus(settings.amqp_url, partitions=settings.partitions)


def declare_queues(runtime: Runtime) -> None:
    """Make the service's queues at the broker, if it has one, so that no event published from now on passes it by."""
    if not runtime.settings.amqp_url:
        return
    from shared.messaging.rabbitmq.topology import declare_ahead

    types = [each.type for each in runtime.service.subscriptions]
    declare_ahead(runtime.settings.amqp_url, runtime.service.name, types, runtime.settings.partitions)
