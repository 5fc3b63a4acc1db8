"""Who may do what in campaigns. Which campaigns a liaison sees is decided by the queries."""

from shared.identity import EDITORS, EVERYONE

PERMISSIONS = {
    "campaigns.read": EVERYONE,
    "campaigns.edit": EDITORS,
}
