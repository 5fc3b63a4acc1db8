"""What metrics reads from its environment."""

from dataclasses import dataclass

from shared.settings import KitSettings


@dataclass(frozen=True, kw_only=True)
class MetricsSettings(KitSettings):
    """Nothing beyond what every service needs."""
