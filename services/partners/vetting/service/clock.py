"""What the clock does: opens the next vetting before an approval ends, and reminds who is responsible."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_owner
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import name_organisations
from services.partners.vetting.models import REOPEN, Vetting
from services.partners.vetting.queries import claim_dues, find_running, read_vetting
from services.partners.vetting.service.answers import open_vetting
from shared.web.filters import format_date

_BATCH = 20


def do_what_is_due(session: Session, now: datetime) -> bool:
    """Re-open and remind; True if there may be more to do."""
    dues = claim_dues(session, now, _BATCH)
    for due in dues:
        due.done_at = now
        vetting = read_vetting(session, due.vetting_id)
        if due.kind == REOPEN:
            _reopen(session, vetting, now)
        else:
            _remind(session, vetting, now)
    session.flush()
    return len(dues) == _BATCH


def _reopen(session: Session, vetting: Vetting, now: datetime) -> None:
    # Someone may have begun by themselves, or decided anew.
    if not vetting.in_force or find_running(session, vetting.organisation_id) is not None:
        return
    again = open_vetting(session, None, vetting.organisation_id, now)
    _tell_owner(
        session, again, now, "Time to vet %s again",
        f"The approval of %s ends on {format_date(vetting.valid_until, 'en')}. A new vetting is open, with the papers "
        "that are still good.",
    )  # fmt: skip


def _remind(session: Session, vetting: Vetting, now: datetime) -> None:
    if vetting.running and vetting.fast_granted:
        _tell_owner(
            session, vetting, now, "The fast track of %s ends soon",
            f"%s was let through until {format_date(vetting.fast_until, 'en')}. Its checklist is not decided yet.",
        )  # fmt: skip
    elif vetting.in_force and vetting.valid_until is not None:
        _tell_owner(
            session, find_running(session, vetting.organisation_id) or vetting, now,
            "The vetting of %s ends soon",
            f"The approval of %s ends on {format_date(vetting.valid_until, 'en')}, and nobody has decided on a new "
            "one.",
        )  # fmt: skip


def _tell_owner(session: Session, vetting: Vetting, now: datetime, subject: str, text: str) -> None:
    """Mail the one of us who is responsible, if anyone is; `subject` and `text` leave a %s for the name."""
    owner = find_owner(session, vetting.organisation_id)
    if owner is None or not owner.active:
        return
    name = name_organisations(session, [vetting.organisation_id])[vetting.organisation_id]
    to = owner.addressee
    request_mail(
        session, to, subject % name, [text % name], now, about=vetting.id,
        because=f"You are responsible for {name}.",
        action=Action("Open the vetting", f"/partners/vettings/{vetting.id}"),
    )  # fmt: skip
