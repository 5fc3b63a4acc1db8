"""What footnotes tell beside changed targets: restatements, joint work and adjustments of the report's period."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.dashboard.queries import KpiBoard
from services.metrics.known.queries import name_organisations
from services.metrics.measurements.queries.records import list_joint_work, list_restatements
from services.metrics.reports.document import Remark
from services.metrics.reports.models import FINAL, Report
from shared.identity import Identity

RESTATED = "restated"


def list_remarks(
    session: Session, viewer: Identity, report: Report, kpis: Sequence[KpiBoard], today: date
) -> Mapping[UUID, list[Remark]]:
    """The remarks on each KPI, as far as the viewer may see what they are about."""
    first, last = (None, None) if report.kind == FINAL else (report.starts_on, report.ends_on)
    restated = list_restatements(session, viewer, report.campaign_id, first=first, last=last, today=today)
    joint = [
        each
        for each in list_joint_work(session, viewer, [kpi.kpi_id for kpi in kpis], today=today)
        if report.kind == FINAL or report.starts_on <= each.period_end <= report.ends_on
    ]
    ids = {each.organisation_id for each in restated} | {share[0] for each in joint for share in each.shares}
    names = name_organisations(session, ids)
    remarks: defaultdict[UUID, list[Remark]] = defaultdict(list)
    for each in restated:
        whose = (names.get(each.organisation_id, ""),)
        told = Remark(RESTATED, each.month, each.month, each.before, each.after, whose, each.reason)
        remarks[each.kpi_id].append(told)
    for work in joint:
        partners = tuple(names.get(organisation_id, "") for organisation_id, _value in work.shares)
        remarks[work.kpi_id].append(
            Remark(work.kind, work.period_start, work.period_end, None, work.value, partners, work.note)
        )
    return remarks
