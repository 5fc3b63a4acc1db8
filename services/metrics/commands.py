"""Metrics' own command: counting the sums anew."""

from collections.abc import Callable, Sequence
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.metrics.recounts import service
from services.metrics.recounts.models import Recount
from shared.clock import utc_now
from shared.service import Runtime

Start = Callable[[], Runtime]


def metrics_commands(start: Start) -> Sequence[click.Command]:
    """`recount`, on the runtime that `start` opens."""

    @click.command()
    @click.option("--campaign", type=click.UUID, help="Only this campaign's KPIs.")
    @click.option("--repair", is_flag=True, help="Make the sums what the ledger says.")
    @click.option("--resume", is_flag=True, help="Go on with the one that was stopped.")
    def recount(campaign: UUID | None, repair: bool, resume: bool) -> None:
        """Count every KPI's sums anew from the ledger and report where they differ. Exits 1 if any still does.

        It can be stopped at any time with Ctrl-C; `--resume`, with the same options, goes on from there.
        """
        runtime = start()
        with runtime.database.transaction() as session:
            stopped = service.find_stopped(session, campaign, repair=repair) if resume else None
            run = stopped or service.begin_recount(session, campaign, utc_now(), repair=repair)
        if resume and stopped is None:
            click.echo("No recount of this kind was stopped: beginning a new one.")
        try:
            _count(runtime, run)
        except KeyboardInterrupt:
            with runtime.database.transaction(write=False) as session:
                left = len(service.list_remaining(session, session.get_one(Recount, run.id)))
            click.echo(f"Stopped with {left} KPIs left. The same command with --resume goes on.")
            raise SystemExit(130) from None
        with runtime.database.transaction() as session:
            _report(service.finish_recount(session, run.id, utc_now()))

    return [recount]


def _count(runtime: Runtime, run: Recount) -> None:
    with runtime.database.transaction(write=False) as session:
        kpis = service.list_remaining(session, run)
        figures = service.count_figures_of(session, kpis)
    columns = (TextColumn("Counting figures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=sum(figures.values()))
        for kpi_id in kpis:
            # Each KPI is a transaction of its own: reports for the others go on meanwhile.
            with runtime.database.transaction() as session:
                service.recount_next(session, run.id, kpi_id, utc_now())
            progress.advance(task, figures.get(kpi_id, 0))


def _report(run: Recount) -> None:
    for line in run.differences:
        click.echo(line)
    differences = len(run.differences)
    end = f"{differences} differences{', put right' if run.repair else ''}" if differences else "no difference"
    click.echo(f"{run.kpis} KPIs counted anew: {end}.")
    if differences and not run.repair:
        raise SystemExit(1)
