"""What people did in partners, as its pages tell it. A feature adds its verbs and the names of its details here."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from shared.database.history import HistoryEntry
from shared.identity import Identity
from shared.web import history
from shared.web.history import HistoryLine

#: What an organisation's own people read too. All else on its page is between members of staff.
TOLD_TO_LIAISONS = {
    "registered the organisation": _l("registered the organisation"),
    "changed the details": _l("changed the details"),
    "added to the track record": _l("added to the track record"),
    "changed the track record": _l("changed the track record"),
    "removed from the track record": _l("removed from the track record"),
    "changed the logo": _l("changed the logo"),
    "added evidence to the track record": _l("added evidence to the track record"),
    "removed evidence from the track record": _l("removed evidence from the track record"),
    "asked for its profile": _l("asked the organisation to complete its profile"),
    "sent changes to its profile": _l("proposed changes to the profile"),
    "decided on changes to its profile": _l("decided on the proposed changes"),
    "added a contact": _l("added a contact"),
    "named a liaison": _l("named a liaison"),
    "noted that a contact left": _l("noted that a contact left"),
    "made someone of ours responsible": _l("made someone of ours responsible"),
    "made a webhook key": _l("made a webhook key"),
    "revoked a webhook key": _l("revoked a webhook key"),
    "read all that it reported": _l("read all that it reported"),
    "told what its figures were used for": _l("told what its figures were used for"),
    "asked for the exit pack": _l("asked for the exit pack"),
    "took the exit pack": _l("downloaded the exit pack"),
    "gave the exit pack up": _l("gave the exit pack up after several tries"),
    "mailed a link to the exit pack": _l("mailed a link to the exit pack"),
}
ACTIONS = TOLD_TO_LIAISONS | {
    "took back what its figures were used for": _l("took back what its figures were used for"),
    "moved it on the board": _l("moved it on the board"),
    "merged another record into it": _l("merged another record into it"),
    "uploaded the file": _l("uploaded the file"),
    "read the file anew": _l("read the file anew"),
    "chose the columns": _l("chose the columns"),
    "started the import": _l("started the import"),
    "finished the import": _l("finished the import"),
    "mailed a link to ask for erasure": _l("mailed them a link to decide themselves"),
    "asked for the erasure": _l("asked for the erasure"),
    "began the erasure": _l("began the erasure"),
    "finished the erasure": _l("finished the erasure"),
    "gave the import up": _l("gave the import up after several tries"),
    "tried the import again": _l("had it tried again"),
    "noted a call": _l("wrote down a call"),
    "noted a mail": _l("wrote down an e-mail"),
    "noted a visit": _l("wrote down a visit"),
    "noted a other": _l("wrote down a conversation"),
    "handed the liaison over": _l("handed the liaison over"),
    "gave access": _l("gave access"),
    "opened the access": _l("opened the access"),
    "closed the access": _l("closed the access"),
    "made a personal token": _l("made a personal token"),
    "revoked a personal token": _l("revoked a personal token"),
}
#: The details that are shown; what is not named here is not.
FIELDS = {
    "name": _l("Name"),
    "kind": _l("Kind"),
    "country": _l("Country"),
    "website": _l("Website"),
    "registration_number": _l("Registration number"),
    "mission": _l("Mission"),
    "values": _l("Values"),
    "focus": _l("Focus areas"),
    "places": _l("Places"),
    "reach": _l("Reach"),
    "people_reached": _l("People reached"),
    "handles": _l("Found online"),
    "brand_notes": _l("Brand notes"),
    "stage": _l("Stage"),
    "reason": _l("Reason"),
    "use": _l("Used for"),
    "title": _l("What it was"),
    "first_year": _l("Year"),
    "last_year": _l("Last year"),
    "done": _l("What was done"),
    "result": _l("What came of it"),
    "evidence": _l("Evidence"),
    "role": _l("Role"),
    "file": _l("File"),
    "taken": _l("Taken over"),
    "left": _l("Left out"),
}


def tell_history(
    entries: Iterable[HistoryEntry], viewer: Identity, values: Mapping[str, Callable[[Any], str]] | None = None
) -> list[HistoryLine]:
    """The entries in the viewer's words, without what is not for them; `values` say how a field's value reads."""
    seen = [each for each in entries if viewer.is_staff or each.action in TOLD_TO_LIAISONS]
    return history.tell_history(seen, ACTIONS, FIELDS, values or {})
