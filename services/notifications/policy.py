"""Who may do what in notifications. Whose things a liaison sees is decided by the queries."""

from shared.identity import ADMIN, EDITORS, EVERYONE, STAFF

PERMISSIONS = {
    "feed.read": EVERYONE,
    "messages.read": EVERYONE,
    "messages.edit": EDITORS,
    # Whole mails, with the secret links in them, and only while no mail leaves the machine.
    "messages.read_secrets": frozenset({ADMIN}),
    "announcements.read": STAFF,
    "announcements.edit": EDITORS,
}
