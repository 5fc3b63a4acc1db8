"""Facts between services: an outbox, a relay, a bus, an inbox and a consumer that parks what it cannot
handle.

The way of one event: `outbox.record` writes it beside the change that it tells of; the service's `relay`
publishes it; the `consumer` of every service that subscribes hands it to a handler, in the transaction
that also remembers having seen it. Each name is imported from the module that defines it.
"""
