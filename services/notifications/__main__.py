"""python -m services.notifications web|worker|live|migrate|..."""

from services.notifications.app import SERVICE
from shared.command import service_command

if __name__ == "__main__":
    service_command(SERVICE)()
