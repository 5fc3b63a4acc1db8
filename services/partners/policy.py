"""Who may do what in partners. Which organisation's things a liaison sees is decided by the queries."""

from shared.identity import ADMIN, EDITORS, EVERYONE, LIAISON, STAFF

PERMISSIONS = {
    "organisations.read": EVERYONE,
    "organisations.edit": EDITORS,
    "organisations.export": STAFF,
    "contacts.read": EVERYONE,
    "contacts.edit": EDITORS,
    "meetings.read": EVERYONE,
    "meetings.edit": EDITORS,
    "meetings.answer": EVERYONE,
    "promises.read": EVERYONE,
    "promises.edit": EDITORS,
    "promises.keep": EDITORS | {LIAISON},
    "interactions.read": STAFF,
    "interactions.edit": EDITORS,
    "board.read": STAFF,
    "views.own": STAFF,
    "agreements.read": EVERYONE,
    "agreements.edit": EDITORS,
    "agreements.accept": EDITORS,
    "agreements.answer": frozenset({LIAISON}),
    "relationships.read": STAFF,
    "webhook_keys.read": EVERYONE,
    "webhook_keys.edit": EDITORS | {LIAISON},
    "submissions.read": EVERYONE,
    # What staff think of an organisation is never a liaison's to see.
    "evaluations.read": STAFF,
    "evaluations.score": STAFF,
    "evaluations.edit": EDITORS,
    "vetting.read": STAFF,
    "vetting.edit": EDITORS,
    "vetting.checklist": frozenset({ADMIN}),
    "people.read": STAFF,
    "people.edit": frozenset({ADMIN}),
    "account.own": EVERYONE,
}
