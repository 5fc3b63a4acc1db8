"""RabbitMQ as the bus: persistent messages, publisher confirms, quorum queues with a single active
consumer.
"""
