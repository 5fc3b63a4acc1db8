"""Use cases: bringing results in IATI into a campaign, after a person saw what that would do."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.exchange.iati_reading import ReadActivity, read_iati
from services.metrics.exchange.models import RESULTS, TAKEN, ExchangeFile
from services.metrics.exchange.queries import get_file
from services.metrics.exchange.service.plan import ACTUAL, ADDED, CORRECTED, SAME, WRONG, KpiPlan, Plan
from services.metrics.exchange.service.planning import TARGETS, plan_import
from services.metrics.indicators.queries import list_all_ids
from services.metrics.indicators.service.kpis import edit_kpi
from services.metrics.indicators.service.targets import change_target, check_target
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.service.intake import enter_all
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid, NotFound
from shared.files import FileStore, StoredFile
from shared.identity import Identity

#: So many values that can't go in are kept for lists; the page has them all.
_SHOWN = 100
#: The longest reason, in characters.
REASON = 1000
#: A choice is a place and a word, a KPI's key or an id.
_LONGEST = 60


def upload_results(
    session: Session, by: Identity, campaign_id: UUID, file: StoredFile, store: FileStore, now: datetime
) -> ExchangeFile:
    """Keep a file of results and what it would do; nothing of the campaign changes. Raises `Invalid`, `TooLarge`."""
    campaign = get_campaign(session, by, campaign_id)
    found = ExchangeFile(
        campaign_id=campaign.id, person_id=by.person_id, person_name=by.name, created_at=now, updated_at=now,
        kind=RESULTS, choices={},
    )  # fmt: skip
    found.set_file(file)
    _keep(found, look_at_results(session, by, found, store, now))
    session.add(found)
    session.flush()
    note(session, by, "uploaded results", found.id, at=now, name=file.name)
    return found


def look_at_results(session: Session, by: Identity, found: ExchangeFile, store: FileStore, now: datetime) -> Plan:
    """What the file would do now; raises `NotFound` for another kind of file."""
    return plan_import(session, by, found.campaign_id, _read(found, store), found.choices, now)


def choose_for_results(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    exchange_id: UUID,
    seen_version: int,
    choices: Mapping[str, str],
    store: FileStore,
    now: datetime,
) -> ExchangeFile:
    """Say what goes where, as `plan_import` takes it; what is left out stays as it was chosen, "" unsays it."""
    found = get_file(session, by, campaign_id, exchange_id)
    require_version(session, found, seen_version)
    _require_untaken(found)
    activities = _read(found, store)
    places = {each.place for each in activities} | {each.place + TARGETS for each in activities}
    places |= {one.place for each in activities for one in each.indicators}
    if not choices.keys() <= places or any(len(word) > _LONGEST for word in choices.values()):
        raise Invalid({"choices": _("Choose among the activities and indicators of the file.")})
    chosen = {**found.choices, **choices}
    chosen = {place: word for place, word in chosen.items() if word}
    plan = plan_import(session, by, campaign_id, activities, chosen, now)
    found.choices, found.updated_at = chosen, now
    _keep(found, plan)
    session.flush()
    return found


def take_results(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    exchange_id: UUID,
    seen_version: int,
    seen_plan: str,
    store: FileStore,
    now: datetime,
    *,
    reason: str = "",
    partial: bool = False,
) -> ExchangeFile:
    """Do what the file would do: change baselines and targets for a `reason`, enter actuals, all or nothing.

    `seen_plan` is the digest of what the person saw. Raises `Conflict` where it would now do something else, where
    something can't go in, unless that is to be left out (`partial`), or where nothing would change.
    """
    found = get_file(session, by, campaign_id, exchange_id)
    require_version(session, found, seen_version)
    _require_untaken(found)
    # Standings are locked before the history everywhere, and what is planned stands still from here on.
    lock_standings(session, list_all_ids(session, campaign_id))
    plan = look_at_results(session, by, found, store, now)
    if plan.digest != seen_plan:
        raise Conflict(_("The campaign changed since you looked at this file. Look at it again."))
    if plan.count(WRONG) and not partial:
        raise Conflict(_("Some of it can't go in. Skip that, or say that it is to be left out."))
    entries = plan.list_entries()
    if not entries and not plan.count_targets():
        raise Conflict(_("Nothing in this file changes anything."))
    if plan.count_targets() and not reason.strip():
        raise Invalid({"reason": _("Say why: the reason stays with the targets as a footnote.")})
    for each in plan.list_kpis():
        if each.changes_target:
            _change_targets(session, by, campaign_id, each, reason.strip(), now)
    if any(enter_all(session, entries, plan.names, now)):
        raise Conflict(_("The campaign changed since you looked at this file. Look at it again."))
    _keep(found, plan)
    found.state, found.updated_at = TAKEN, now
    session.flush()
    told = {"name": found.file_name, "added": found.added, "corrected": found.corrected, "targets": found.targets,
            "left_out": found.wrong}  # fmt: skip
    for subject in (campaign_id, found.id):
        note(session, by, "imported results", subject, at=now, **told)
    return found


def _change_targets(
    session: Session, by: Identity, campaign_id: UUID, plan: KpiPlan, reason: str, now: datetime
) -> None:  # fmt: skip
    """Give the KPI its baseline and targets, in the order in which each step leaves the two apart."""
    kpi = plan.kpi
    aims = plan.target is not None or plan.interims is not None

    def move_baseline() -> None:
        if plan.baseline is not None:
            edit_kpi(session, by, campaign_id, kpi.key, kpi.version, now, reason=reason, baseline=plan.baseline)

    def move_target() -> None:
        if aims:
            target = kpi.target if plan.target is None else plan.target
            interims = plan.present if plan.interims is None else plan.interims
            change_target(
                session, by, campaign_id, kpi.key, kpi.version, now, target=target, reason=reason, interims=interims
            )

    steps = [move_baseline, move_target]
    try:
        if plan.baseline is not None:
            check_target(kpi.direction, plan.baseline, kpi.target)
    except Invalid:
        steps.reverse()
    for step in steps:
        step()


def _keep(found: ExchangeFile, plan: Plan) -> None:
    found.added, found.corrected = plan.count(ADDED, {ACTUAL}), plan.count(CORRECTED, {ACTUAL})
    found.same, found.wrong, found.targets = plan.count(SAME), plan.count(WRONG), plan.count_targets()
    wrong = [step for step in plan.list_steps() if step.becomes == WRONG]
    found.problems = [
        {"place": _("line %(line)s, %(path)s", line=step.line, path=step.path), "reason": step.reason}
        for step in wrong[:_SHOWN]
    ]


def _read(found: ExchangeFile, store: FileStore) -> list[ReadActivity]:
    if found.kind != RESULTS:
        raise NotFound("This is no file of results.")
    with store.open(found.sha256) as content:
        return read_iati(content)


def _require_untaken(found: ExchangeFile) -> None:
    if found.state == TAKEN:
        raise Conflict(_("This file was taken already. Upload it again to take what changed in it."))
