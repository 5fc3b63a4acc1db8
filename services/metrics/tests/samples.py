"""One of everything that has an address here, all of one organisation: see tests/conventions."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.exchange.iati import write_iati
from services.metrics.exchange.service.importing import upload_results
from services.metrics.exchange.service.results import tell_results
from services.metrics.exchange.service.uploads import upload_figures
from services.metrics.giving.service import decide_given
from services.metrics.giving.tests.factories import DOT, give, tell_story
from services.metrics.indicators.service.signing import SIGNING
from services.metrics.indicators.service.targets import change_target
from services.metrics.indicators.tests.factories import add_definition, make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_organisation
from services.metrics.measurements.models import FigureFlag
from services.metrics.measurements.service.entry import enter_figure
from services.metrics.measurements.tests.factories import deliver, report
from services.metrics.reports.service.editions import READING, freeze_report, publish_report
from services.metrics.reports.service.writing import start_report
from services.metrics.reports.tests.factories import draw_into
from services.metrics.sharing.service import make_page
from shared.clock import new_id, utc_now
from shared.database.links import LinkHolder, make_link
from shared.files import StoredFile
from shared.service import Runtime
from shared.testing.people import make_identity


def _upload_results(runtime: Runtime, session: Session, campaign_id: UUID) -> UUID:
    """The campaign's own results as a file, with another target and a KPI that nobody knows."""
    told = tell_results(session, make_identity(), campaign_id, "XM-1", "Quagga", utc_now().date())
    content = write_iati(told, utc_now()).replace(b'value="1000"', b'value="1100"', 1)
    content = content.replace(b"quagga_hours", b"quagga_x").replace(b">Quagga hours", b">Quagga other")
    file = StoredFile("Quagga.xml", "application/xml", len(content), runtime.files.put(content).sha256)
    by = make_identity(name="Quagga Naidoo")
    return upload_results(session, by, campaign_id, file, runtime.files, utc_now()).id


def make_samples(runtime: Runtime) -> dict[str, Any]:
    """Route argument -> the id of such a thing. Every name that people gave holds the word Quagga."""
    with runtime.database.transaction() as session:
        organisation_id = make_partner(session, "Quagga Trust")
        campaign_id = make_campaign(session, organisation_id, title="Quagga harbour")
        kpi = make_kpi(session, campaign_id, name="Quagga waste", key="quagga_waste")
        make_kpi(session, campaign_id, name="Quagga hours", key="quagga_hours", verification="manual")
        for number, day in enumerate(("2026-05-16", "2026-06-16", "2026-07-16")):
            items = [
                report(f"Quagga-{number}", "250.5", day, kpi.key),
                report(f"Quagga-{number}", "8", day, "quagga_hours"),
            ]
            deliver(session, campaign_id, organisation_id, items)
        file = StoredFile("Quagga slips.txt", "text/plain", 2, runtime.files.put(b"42").sha256)
        figure_id = enter_figure(
            session, make_identity(name="Quagga Naidoo"), campaign_id, utc_now(), kpi=kpi.key, value=Decimal(250),
            organisation_id=organisation_id, period_start=date(2026, 8, 1), period_end=date(2026, 8, 1), file=file,
            reference="Quagga-slips", note_text="Quagga told us on the phone.",
        )  # fmt: skip
        flag = FigureFlag(
            kpi_id=kpi.id, organisation_id=organisation_id, kind="repeated", subject=str(figure_id),
            figure_id=figure_id, period_start=date(2026, 8, 1), period_end=date(2026, 8, 1),
            detail={"value": "250"}, created_at=utc_now(),
        )  # fmt: skip
        session.add(flag)
        session.flush()
        sheet = b"KPI,Partner,Figure,From,Until,Reference\nquagga_waste,Quagga Trust,9,2026-09-01,2026-09-02,Quagga\n"
        sent = StoredFile("Quagga.csv", "text/csv", len(sheet), runtime.files.put(sheet).sha256)
        uploaded = upload_figures(
            session, make_identity(name="Quagga Naidoo"), campaign_id, sent, runtime.files, utc_now()
        )
        change_target(
            session, make_identity(name="Quagga Naidoo"), campaign_id, kpi.key, 1, utc_now(), target=Decimal(1200),
            reason="Quagga weather",
        )  # fmt: skip
        given = _give(session, runtime, campaign_id, organisation_id)
        made = start_report(session, make_identity(), campaign_id, utc_now(), kind="final")
        freeze_report(
            session,
            make_identity(),
            made.id,
            made.version,
            utc_now(),
            utc_now().date(),
            draw_into(runtime.files),
            "Quagga report",
        )
        edition = publish_report(session, make_identity(), made.id, 1, utc_now(), "")
        shared = make_page(
            session, make_identity(name="Quagga Naidoo"), campaign_id, utc_now(), heading="Quagga for all",
            intro="Quagga in few words.", kpis=[kpi.key, "quagga_hours"], shows_shares=True, embedding="anywhere",
        )  # fmt: skip
        return {
            "public_page_id": shared.page.id,
            # What is public shows its name to anybody: the generated tests look for what must not be seen.
            "secret": "no-page-at-all",
            "organisation_id": organisation_id,
            "person_id": new_id(),
            "campaign_id": campaign_id,
            "kpi_id": kpi.id,
            "indicator_id": add_definition(session, code="quagga_waste", name="Quagga waste").id,
            "chart": "trend",
            "key": kpi.key,
            "figure_id": figure_id,
            "flag_id": flag.id,
            **given,
            "links": _make_links(session, organisation_id, kpi.id, edition.id),
            "report_id": made.id,
            "number": 1,
            "form": "xlsx",
            "exchange_id": uploaded.id,
            "results_id": _upload_results(runtime, session, campaign_id),
            "file_kind": "csv",
        }


def _give(session: Session, runtime: Runtime, campaign_id: UUID, organisation_id: UUID) -> dict[str, Any]:
    """A logo, a contribution, and a story with a picture that is published."""
    keep_organisation(session, organisation_id, utc_now(), name="Quagga Trust", logo=runtime.files.put(DOT).sha256)
    story, gift = (
        tell_story(session, runtime, campaign_id, organisation_id, text="Quagga pupils count."),
        give(session, campaign_id, organisation_id, unit="Quagga trips"),
    )
    decide_given(
        session, make_identity(), campaign_id, "stories", story.id, story.version, utc_now(), status="accepted"
    )
    return {
        "what": "stories",
        "given_id": story.id,
        "story_id": story.id,
        "contribution_id": gift.id,
        "place": 0,
        "picture": story.pictures[0]["sha256"],
    }


def _make_links(session: Session, organisation_id: UUID, kpi_id: UUID, edition_id: UUID) -> dict[str, str]:
    """A liaison's links by what they are for."""
    holder = LinkHolder(new_id(), "Quagga Dlamini", "quagga@example.org", organisation_id)
    return {
        purpose: make_link(
            session, purpose=purpose, subject_id=subject, holder=holder, now=utc_now(), lasts=timedelta(days=1)
        )
        for purpose, subject in ((SIGNING, kpi_id), (READING, edition_id))
    }
