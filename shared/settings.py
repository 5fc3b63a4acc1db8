"""Typed settings, read once from the environment when a process starts.

A service's settings class adds its own fields to `KitSettings`. Each field says what it is for, so that
`saypro doctor` and docs/operating.md can list them, and a test can see that none is undocumented.
"""

from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Self, get_type_hints

from environs import Env, EnvError


def setting(default: Any = MISSING, *, help: str, secret: bool = False) -> Any:
    """A field read from the environment variable of the same name in capitals; `secret` values are never shown."""
    return field(default=default, repr=not secret, metadata={"help": help, "secret": secret})


class SettingsError(Exception):
    """A setting is missing or malformed; the message names the variable and what it should hold."""


@dataclass(frozen=True, kw_only=True)
class KitSettings:
    """What every service needs to know about where it runs."""

    database_url: str = setting(help="SQLAlchemy URL: postgresql+psycopg://... or sqlite:///path", secret=True)
    amqp_url: str = setting("", help="RabbitMQ's address; empty means the in-process bus", secret=True)
    secret_key: str = setting(help="signs this service's form tokens; at least 32 random characters", secret=True)
    base_url: str = setting("http://127.0.0.1:8000", help="the address that people reach the gateway by")
    brand_name: str = setting("SayPro", help="the company's name, as shown on every page")
    brand_colour: str = setting("#0b5cad", help="the one accent colour, as #rrggbb, dark enough for white text")
    time_zone: str = setting("Africa/Johannesburg", help="IANA time zone of people who have not chosen one")
    navigation: Path = setting(
        Path(__file__).parent.parent / "deploy" / "navigation.toml", help="the file that lists areas and tabs"
    )
    files: str = setting(
        "var/files", help="where files are kept: a folder that all processes share, or s3://bucket/folder"
    )
    partitions: int = setting(1, help="how many queues this service's events are spread over, one worker each")
    partition: int = setting(0, help="which of them this worker serves, from 0")
    live_streams: int = setting(2000, help="how many live pages one process holds open; the others poll")
    worker_heartbeat: Path = setting(
        Path("/tmp/worker-alive"),  # noqa: S108 - each container has its own
        help="a file that the worker touches every few seconds while it is well",
    )
    worker_port: int = setting(9000, help="where a worker shows its figures to Prometheus; 0 for nowhere")
    log_level: str = setting("INFO", help="DEBUG, INFO, WARNING or ERROR")

    def __post_init__(self) -> None:
        # What follows it in an address begins with a slash.
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @classmethod
    def from_environment(cls, **given: Any) -> Self:
        """Read every field that is not given; raises `SettingsError` naming the variable at fault."""
        env, types, values = Env(), get_type_hints(cls), dict(given)
        readers = {str: env.str, int: env.int, bool: env.bool, Path: env.path}
        for each in fields(cls):
            if each.name in values:
                continue
            variable = each.name.upper()
            try:
                default = {} if each.default is MISSING else {"default": each.default}
                values[each.name] = readers[types[each.name]](variable, **default)  # type: ignore[operator]
            except EnvError as error:
                raise SettingsError(f"{variable} ({each.metadata['help']}): {error}") from error
        return cls(**values)
