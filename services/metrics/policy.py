"""Who may do what in metrics. Which campaigns and figures a liaison sees is decided by the queries."""

from shared.identity import EDITORS, EVERYONE, LIAISON, STAFF

PERMISSIONS = {
    "dashboard.read": EVERYONE,
    "kpis.read": EVERYONE,
    "kpis.edit": EDITORS,
    "targets.propose": EDITORS,
    "targets.sign": frozenset({LIAISON}),
    "library.read": STAFF,
    "library.edit": EDITORS,
    "figures.read": EVERYONE,
    "figures.decide": EDITORS,
    "figures.enter": EDITORS,
    "figures.lock": EDITORS,
    "giving.read": EVERYONE,
    "giving.decide": EDITORS,
    "reports.read": EVERYONE,
    "reports.edit": EDITORS,
    "reports.acknowledge": frozenset({LIAISON}),
    "figures.exchange": EDITORS,
    "sharing.read": STAFF,
    "sharing.edit": EDITORS,
}
