"""Templates: what proposals are written from, in versions, so that each proposal can say what it came from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.proposals.models import Template, TemplateVersion
from services.partners.proposals.placeholders import KNOWN, require_known
from services.partners.proposals.queries import get_template, get_template_version
from shared.clock import new_id
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Invalid
from shared.identity import Identity


class Wording(TypedDict):
    """What a version of a template says; `fields` are as `ProposalFieldSchema` dumps them."""

    title: str
    text: str
    fields: Sequence[dict[str, Any]]


def add_template(session: Session, by: Identity, now: datetime, wording: Wording) -> Template:
    """A new template; raises `Invalid` for a placeholder that nothing stands behind and for two fields of one name."""
    _check(wording)
    template = Template(id=new_id(), created_at=now, updated_at=now, latest=1)
    template.retitle(wording["title"])
    session.add(template)
    session.flush()
    _add_version(session, by, template, wording, now)
    note(session, by, "wrote the template", template.id, at=now, title=template.title)
    return template


def change_template(
    session: Session, by: Identity, template_id: UUID, seen_version: int, now: datetime, wording: Wording
) -> Template:
    """The template in a new version; what was written from earlier ones stays. Raises like `add_template`, `Stale`."""
    template = get_template(session, template_id, lock=True)
    require_version(session, template, seen_version)
    _check(wording)
    newest = get_template_version(session, template.id, template.latest)
    if (newest.title, newest.text, newest.fields) == (wording["title"], wording["text"], list(wording["fields"])):
        return template
    template.latest += 1
    template.updated_at = now
    template.retitle(wording["title"])
    _add_version(session, by, template, wording, now)
    note(session, by, "changed the template", template.id, at=now, version=template.latest)
    session.flush()
    return template


def retire_template(
    session: Session, by: Identity, template_id: UUID, seen_version: int, now: datetime, *, retired: bool
) -> Template:
    """Take the template out of those to write from, or put it back."""
    template = get_template(session, template_id, lock=True)
    require_version(session, template, seen_version)
    if (template.retired_at is not None) != retired:
        template.retired_at, template.updated_at = now if retired else None, now
        note(session, by, "retired the template" if retired else "took the template back", template.id, at=now)
    session.flush()
    return template


def _check(wording: Wording) -> None:
    names = [each["name"] for each in wording["fields"]]
    for place, name in enumerate(names):
        if name in KNOWN or name in names[:place]:
            raise Invalid({f"fields.{place}.name": "There is a field of this name already. Choose another."})
    require_known(wording["text"], (*KNOWN, *names))


def _add_version(session: Session, by: Identity, template: Template, wording: Wording, now: datetime) -> None:
    version = TemplateVersion(
        created_at=now, template_id=template.id, number=template.latest, title=wording["title"], text=wording["text"],
        fields=list(wording["fields"]), author_id=by.person_id, author_name=by.name,
    )  # fmt: skip
    session.add(version)
    session.flush()
