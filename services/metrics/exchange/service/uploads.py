"""Use cases: bringing a spreadsheet of figures into the ledger, after a person saw what it would do."""

from datetime import datetime
from typing import IO
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.metrics.exchange.models import (
    ADDED,
    CORRECTED,
    READING,
    READY,
    SAME,
    TAKEN,
    WRONG,
    ExchangeFile,
)
from services.metrics.exchange.queries import get_sheet
from services.metrics.exchange.service.checking import Look, list_entries, look_at
from services.metrics.exchange.service.long_files import ask_to_take
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.service.intake import enter_all
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict
from shared.files import FileStore, StoredFile
from shared.identity import Identity
from shared.tables.reading import TooManyRows

#: A file of more bytes is a long one, whatever its rows.
LONG = 2 << 20
#: So many wrong cells are kept to be shown; the file to mend has them all.
_SHOWN = 100


def upload_figures(
    session: Session, by: Identity, campaign_id: UUID, file: StoredFile, store: FileStore, now: datetime
) -> ExchangeFile:
    """Look at a file and keep what was found; no figure changes. Raises `Invalid` for what is no table of figures.

    A long file is left to the worker, which also finds out whether it is one.
    """
    campaign = get_campaign(session, by, campaign_id)
    look = _look_at_once(session, campaign.id, file, store, now)
    uploaded = ExchangeFile(
        campaign_id=campaign.id, person_id=by.person_id, person_name=by.name, created_at=now, updated_at=now
    )
    uploaded.set_file(file)
    if look is None:
        uploaded.state = READING
    else:
        _keep(uploaded, look)
    session.add(uploaded)
    session.flush()
    note(session, by, "uploaded a file of figures", uploaded.id, at=now, name=file.name)
    return uploaded


def take_figures(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    exchange_id: UUID,
    seen_version: int,
    store: FileStore,
    now: datetime,
    *,
    partial: bool = False,
) -> ExchangeFile:
    """Bring the rows of an uploaded file into the ledger.

    Raises `Conflict` where some are wrong, unless only the good ones are wanted (`partial`); where the file was taken
    before; and where the rows would no longer do what the person saw, since figures changed meanwhile.
    """
    found = get_sheet(session, by, campaign_id, exchange_id)
    require_version(session, found, seen_version)
    if found.state == TAKEN:
        raise Conflict(_("This file was taken already. Upload it again to take what changed in it."))
    if found.state != READY:
        raise Conflict(_("This file is being worked on, or failed. Look at where it stands now."))
    if found.rows:
        return ask_to_take(session, by, found, now, partial=partial)
    with store.open(found.sha256) as content:
        look = look_at(session, campaign_id, content, now)
    if (found.added, found.corrected, found.same, found.wrong) != _count(look):
        raise Conflict(_("The campaign's figures changed since this file was looked at. Upload it again."))
    if found.wrong and not partial:
        raise Conflict(_("Some rows are wrong. Mend them, or say that only the good rows are to be taken."))
    entries = list_entries(look.lines, by.name)
    if not entries:
        raise Conflict(_("No row of this file changes anything."))
    if any(enter_all(session, entries, look.names, now)):
        raise Conflict(_("The campaign's figures changed since this file was looked at. Upload it again."))
    found.state, found.updated_at = TAKEN, now
    session.flush()
    told = {"name": found.file_name, "added": found.added, "corrected": found.corrected, "left_out": found.wrong}
    for subject in (campaign_id, found.id):
        note(session, by, "took figures from a file", subject, at=now, **told)
    return found


def look_again(session: Session, found: ExchangeFile, content: IO[bytes], now: datetime) -> Look:
    """The file's rows as they would be taken now."""
    return look_at(session, found.campaign_id, content, now)


def _look_at_once(
    session: Session, campaign_id: UUID, file: StoredFile, store: FileStore, now: datetime
) -> Look | None:
    """What is found in a file that is short enough to wait for; None for a longer one."""
    if file.size > LONG:
        return None
    try:
        with store.open(file.sha256) as content:
            return look_at(session, campaign_id, content, now)
    except TooManyRows:
        return None


def _keep(uploaded: ExchangeFile, look: Look) -> None:
    uploaded.added, uploaded.corrected, uploaded.same, uploaded.wrong = _count(look)
    uploaded.problems, uploaded.notes = look.list_problems(_SHOWN), look.notes


def _count(look: Look) -> tuple[int, int, int, int]:
    return look.count(ADDED), look.count(CORRECTED), look.count(SAME), look.count(WRONG)
