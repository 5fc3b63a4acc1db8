"""JSON log lines on standard output, each with the correlation id of the request or event it belongs to."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog

# Links and keys are secrets: whatever looks like one is masked, wherever in a line it stands.
_SECRETS = re.compile(r"(whsec_|\bBearer |/sign-in/|/s/)[A-Za-z0-9_\-.+/=]{8,}", re.IGNORECASE)


def mask_secrets(text: str) -> str:
    """`text` with links, tokens and webhook secrets replaced by their first characters and an ellipsis."""
    return _SECRETS.sub(r"\1…", text)


def _mask(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
    return {key: _mask_value(value) for key, value in line.items()}


def _mask_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, Mapping):
        return {key: _mask_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_mask_value(each) for each in value]
    return value


def configure_logs(service: str, level: str) -> None:
    """Send structlog's and the standard library's records to stdout as one JSON object a line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        lambda _logger, _method, line: {"service": service, **line},
        structlog.processors.format_exc_info,
        _mask,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("pika", "alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of every queue that a worker asks for in vain when it looks for former partitions.
    logging.getLogger("pika.channel").setLevel(logging.ERROR)
