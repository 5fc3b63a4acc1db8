"""The one-process size: where it keeps its files, and each service's settings made from that."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from shared.service import Service


@dataclass(frozen=True)
class Place:
    """The folder that holds everything (`SAYPRO_DATA`) and the address that people reach it by (`PORT`, `HOST`)."""

    folder: Path
    host: str
    port: int

    @classmethod
    def from_environment(cls) -> "Place":
        return cls(
            Path(os.environ.get("SAYPRO_DATA", "./var")).resolve(),
            os.environ.get("HOST", "127.0.0.1"),
            int(os.environ.get("PORT", "8000")),
        )

    @property
    def log_level(self) -> str:
        return os.environ.get("LOG_LEVEL", "WARNING")

    @property
    def base_url(self) -> str:
        return os.environ.get("BASE_URL", f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}")  # noqa: S104

    def settings_for(self, service: Service) -> dict[str, Any]:
        """What `service`'s settings are given here; the rest comes from the environment."""
        kept = self._secrets()
        given: dict[str, Any] = {
            "database_url": f"sqlite:///{self.folder / service.name}.db",
            "amqp_url": "",
            "secret_key": kept["secret_key"],
            "base_url": self.base_url,
            "files": str(self.folder / "files"),
            "worker_heartbeat": self.folder / "workers" / service.name,
            "log_level": self.log_level,
        }
        names = set(service.settings.__dataclass_fields__)
        return given | ({"encryption_key": kept["encryption_key"]} if "encryption_key" in names else {})

    def _secrets(self) -> dict[str, str]:
        """Made on the first start, readable by the owner alone."""
        path = self.folder / "secrets.json"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            made = {"secret_key": secrets.token_urlsafe(48), "encryption_key": Fernet.generate_key().decode()}
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(made, file)
        return dict(json.loads(path.read_text()))
