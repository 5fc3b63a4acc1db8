"""The pages of this feature: what staff make, what everybody sees, and what hangs on a wall."""

from services.metrics.sharing.pages import open_to_all, staff, wall
from services.metrics.sharing.pages.blueprint import pages
from services.metrics.sharing.pages.wall import TOPICS

__all__ = ["TOPICS", "open_to_all", "pages", "staff", "wall"]
