"""What the messaging kit counts, for Prometheus. `service` is the service whose worker counts."""

from prometheus_client import Counter, Gauge, Histogram

_BY_SERVICE = ("service",)

outbox_depth = Gauge("saypro_outbox_events", "Recorded events not yet published", _BY_SERVICE)
outbox_age = Gauge("saypro_outbox_age_seconds", "Age of the oldest event not yet published", _BY_SERVICE)
outbox_unroutable = Gauge("saypro_outbox_unroutable", "Waiting events that no queue wanted", _BY_SERVICE)
published = Counter("saypro_relay_published_total", "Events handed to the bus", _BY_SERVICE)
confirmed = Counter("saypro_relay_confirmed_total", "Events the bus has taken over", _BY_SERVICE)
refused = Counter("saypro_relay_refused_total", "Events returned or not taken by the bus", _BY_SERVICE)
publisher_connected = Gauge("saypro_publisher_connected", "1 while the relay can publish", _BY_SERVICE)
handled = Counter("saypro_consumer_handled_total", "Events handled", _BY_SERVICE)
duplicates = Counter("saypro_consumer_duplicates_total", "Deliveries of events seen before", _BY_SERVICE)
parked = Counter("saypro_consumer_parked_total", "Events set aside, by new state", ("service", "state"))
unresolved = Gauge("saypro_parked_events", "Parked events not yet resolved", ("service", "state"))
batch_seconds = Histogram("saypro_consumer_batch_seconds", "One batch from delivery to commit", _BY_SERVICE)
lag_seconds = Histogram(
    "saypro_consumer_lag_seconds",
    "From an event's time to its handling being committed",
    _BY_SERVICE,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)
job_seconds = Histogram("saypro_job_seconds", "Runs of due jobs", ("service", "job"))
job_failures = Counter("saypro_job_failures_total", "Runs of due jobs that raised", ("service", "job"))
