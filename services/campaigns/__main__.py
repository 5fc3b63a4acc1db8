"""python -m services.campaigns web|worker|live|migrate|..."""

from services.campaigns.app import SERVICE
from shared.command import service_command

if __name__ == "__main__":
    service_command(SERVICE)()
