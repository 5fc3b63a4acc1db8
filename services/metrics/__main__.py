"""python -m services.metrics web|worker|live|migrate|..."""

from services.metrics.app import SERVICE
from shared.command import service_command

if __name__ == "__main__":
    service_command(SERVICE)()
