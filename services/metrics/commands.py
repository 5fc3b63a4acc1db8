"""Metrics' own command: counting the sums anew."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.metrics.indicators.queries import list_all_ids
from services.metrics.measurements.service.recount import Difference, recount_kpi
from shared.clock import utc_now
from shared.service import Runtime

Start = Callable[[], Runtime]


def metrics_commands(start: Start) -> Sequence[click.Command]:
    """`recount`, on the runtime that `start` opens."""

    @click.command()
    @click.option("--campaign", type=click.UUID, help="Only this campaign's KPIs.")
    @click.option("--repair", is_flag=True, help="Make the sums what the ledger says.")
    def recount(campaign: UUID | None, repair: bool) -> None:
        """Count every KPI's sums anew from the ledger and report where they differ. Exits 1 if any still does."""
        runtime = start()
        with runtime.database.transaction(write=False) as session:
            kpis = list_all_ids(session, campaign)
        found: list[Difference] = []
        for kpi_id in _with_progress(kpis):
            # Each KPI is a transaction of its own: reports for the others go on meanwhile.
            with runtime.database.transaction() as session:
                found += recount_kpi(session, kpi_id, utc_now(), repair=repair)
        for each in found:
            click.echo(f"KPI {each.kpi_id}, {each.where}: kept {each.kept}; the ledger says {each.counted}")
        end = "no difference" if not found else f"{len(found)} differences{', put right' if repair else ''}"
        click.echo(f"{len(kpis)} KPIs counted anew: {end}.")
        if found and not repair:
            raise SystemExit(1)

    return [recount]


def _with_progress(kpis: Sequence[UUID]) -> Iterator[UUID]:
    columns = (TextColumn("Counting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(kpis)
