"""Partners as one description; web, worker, live and command line are built from it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from services.partners import events
from services.partners.agreements import api as agreements_api
from services.partners.agreements import pages as agreements_pages
from services.partners.agreements.document import draw_agreement
from services.partners.agreements.service.jobs import agreement_jobs
from services.partners.commands import partners_commands
from services.partners.contacts import api as contacts_api
from services.partners.contacts import pages as contacts_pages
from services.partners.database import Base
from services.partners.duplicates import pages as duplicates_pages
from services.partners.erasures import api as erasures_api
from services.partners.erasures import pages as erasures_pages
from services.partners.erasures.queries import list_late
from services.partners.erasures.service import PATIENCE
from services.partners.evaluations import api as evaluations_api
from services.partners.evaluations.pages import criteria as criteria_pages
from services.partners.evaluations.pages import rankings as rankings_pages
from services.partners.evaluations.pages import rounds as evaluations_pages
from services.partners.evaluations.pages import scorecards as scorecards_pages
from services.partners.evaluations.service.criteria import ensure_default_set
from services.partners.evaluations.service.rounds import remind_due_evaluators
from services.partners.exits import api as exits_api
from services.partners.exits import pages as exits_pages
from services.partners.exits.parts import Draw
from services.partners.exits.service import clear_packs, gather_packs
from services.partners.exits.words import explain_pack
from services.partners.handovers import pages as handovers_pages
from services.partners.imports import api as imports_api
from services.partners.imports import pages as imports_pages
from services.partners.imports.service import carry_imports
from services.partners.interactions import api as interactions_api
from services.partners.interactions import pages as interactions_pages
from services.partners.meetings import api as meetings_api
from services.partners.meetings.pages import answers as meeting_answers
from services.partners.meetings.pages import dates as meeting_dates
from services.partners.meetings.pages import planning as meeting_planning
from services.partners.opportunities import api as opportunities_api
from services.partners.opportunities import pages as opportunities_pages
from services.partners.organisations import api as organisations_api
from services.partners.organisations import pages as organisations_pages
from services.partners.organisations.service import index_organisations
from services.partners.organisations.sheet import SheetSchema
from services.partners.people import api as people_api
from services.partners.people import pages as people_pages
from services.partners.people.access import ensure_signing_key, publish_keys, publish_young_keys
from services.partners.policy import PERMISSIONS
from services.partners.profiles import api as profiles_api
from services.partners.profiles.pages import deciding as profiles_pages
from services.partners.profiles.pages import writing as own_profile_pages
from services.partners.promises import api as promises_api
from services.partners.promises import pages as promises_pages
from services.partners.promises.reminders import remind_overdue
from services.partners.proposals import api as proposals_api
from services.partners.proposals import pages as proposals_pages
from services.partners.proposals.service.clock import proposal_jobs
from services.partners.reciprocity import api as reciprocity_api
from services.partners.reciprocity import pages as reciprocity_pages
from services.partners.relationships import api as relationships_api
from services.partners.relationships import pages as relationships_pages
from services.partners.scorecards import api as scorecards_api
from services.partners.scorecards import pages as mutual_pages
from services.partners.scorecards.service import remind_rounds
from services.partners.settings import PartnersSettings
from services.partners.submissions import api as submissions_api
from services.partners.submissions.pages import answering as reply_pages
from services.partners.submissions.pages import keys as key_pages
from services.partners.submissions.pages import log as submissions_pages
from services.partners.submissions.pages import report as report_pages
from services.partners.submissions.service.refusals import forget_refusals
from services.partners.subscribers import SUBSCRIPTIONS
from services.partners.vault import Vault
from services.partners.vetting import api as vetting_api
from services.partners.vetting.pages import checklist as vetting_checklist
from services.partners.vetting.pages import papers as vetting_papers
from services.partners.vetting.pages import vettings as vetting_pages
from services.partners.vetting.service.clock import do_what_is_due as do_due_vettings
from shared.clock import utc_now
from shared.doctor import Finding
from shared.messaging.jobs import DueJob
from shared.service import Runtime, Service
from shared.web.api import Api
from shared.web.i18n import writing_alone


def add_routes(app: Flask, api: Api) -> None:
    for blueprint in (
        evaluations_api.api,
        imports_api.api,
        organisations_api.api,
        people_api.api,
        contacts_api.api,
        promises_api.api,
        profiles_api.api,
        meetings_api.api,
        interactions_api.api,
        agreements_api.api,
        relationships_api.api,
        opportunities_api.api,
        scorecards_api.api,
        proposals_api.api,
        submissions_api.api,
        reciprocity_api.api,
        vetting_api.api,
        exits_api.api,
        erasures_api.api,
    ):
        api.register_blueprint(blueprint)
    for pages in (
        duplicates_pages.pages,
        imports_pages.pages,
        criteria_pages.pages,
        evaluations_pages.pages,
        rankings_pages.pages,
        scorecards_pages.pages,
        organisations_pages.pages,
        people_pages.pages,
        contacts_pages.pages,
        promises_pages.pages,
        profiles_pages.pages,
        own_profile_pages.pages,
        meeting_planning.pages,
        meeting_dates.pages,
        meeting_answers.pages,
        interactions_pages.pages,
        agreements_pages.pages,
        relationships_pages.pages,
        opportunities_pages.pages,
        mutual_pages.pages,
        handovers_pages.pages,
        proposals_pages.pages,
        submissions_pages.pages,
        reply_pages.pages,
        reciprocity_pages.pages,
        vetting_pages.pages,
        vetting_checklist.pages,
        vetting_papers.pages,
        key_pages.pages,
        report_pages.pages,
        exits_pages.pages,
        erasures_pages.pages,
        submissions_api.webhooks,
    ):
        app.register_blueprint(pages)


def prepare(runtime: Runtime) -> None:
    """Make the first signing key and the default criteria, once, when the database is new."""
    with runtime.database.transaction() as session:
        ensure_signing_key(session, Vault(runtime.settings.encryption_key), utc_now())
        ensure_default_set(session, utc_now())


def examine(runtime: Runtime) -> Iterator[Finding]:
    """What `saypro doctor` looks at beside the kit's: erasures that a service has not answered."""
    with runtime.database.transaction(write=False) as session:
        late = list_late(session, utc_now() - PATIENCE)
    if late:
        yield Finding(
            f"{len(late)} erasures wait for a service's answer for more than a day, the oldest is {late[0].id}.",
            "See which at /partners/erasures, that its worker runs, and what saypro parked list says there.",
        )


def due_jobs(runtime: Runtime) -> Sequence[DueJob]:
    settings = runtime.settings
    return (
        DueJob("partners.publish_young_keys", timedelta(seconds=5), publish_young_keys),
        DueJob("partners.publish_keys", timedelta(minutes=5), publish_keys),
        DueJob("partners.vetting", timedelta(minutes=5), do_due_vettings),
        DueJob("partners.forget_refusals", timedelta(hours=6), forget_refusals),
        DueJob("partners.remind_evaluators", timedelta(minutes=5), remind_due_evaluators),
        DueJob(
            "partners.remind_of_promises", timedelta(minutes=15), remind_overdue(settings.base_url, settings.time_zone)
        ),
        DueJob("partners.carry_imports", timedelta(seconds=1), carry_imports(runtime.files, SheetSchema)),
        DueJob("partners.remind_of_scorecards", timedelta(minutes=15), remind_rounds(settings.base_url)),
        DueJob("partners.index_organisations", timedelta(minutes=10), index_organisations),
        DueJob(
            "partners.gather_exit_packs",
            timedelta(seconds=1),
            gather_packs(
                runtime.files,
                _draw_for_pack(settings),
                explain_pack,
            ),
        ),
        DueJob("partners.clear_exit_packs", timedelta(minutes=10), clear_packs(runtime.files)),
        *agreement_jobs(settings),
        *proposal_jobs(settings),
    )


def _draw_for_pack(settings: PartnersSettings) -> Draw:
    def draw(agreement: Any, version: Any, answers: Sequence[Any], name: str) -> bytes:
        with writing_alone(str(settings.time_zone)):
            return draw_agreement(agreement, version, answers, name, settings)

    return draw


SERVICE = Service(
    name="partners",
    folder=Path(__file__).parent,
    settings=PartnersSettings,
    metadata=Base.metadata,
    add_routes=add_routes,
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    # A verdict is read by people, who don't mind a tenth of a second; figures on their way in mind the work it makes.
    rest=timedelta(milliseconds=100),
    topics=(submissions_pages.VERDICT, imports_pages.PROGRESS, exits_pages.PROGRESS),
    prepare=prepare,
    due_jobs=due_jobs,
    commands=partners_commands,
    examine=examine,
    events=(
        events.OrganisationRegistered,
        events.OrganisationChanged,
        events.OrganisationsMerged,
        events.PersonChanged,
        events.ContactChanged,
        events.SignInLinkRequested,
        events.MailRequested,
        events.AgreementInForce,
        events.AgreementEnded,
        events.KeySetPublished,
        events.AccessRevoked,
        events.SubmissionAccepted,
        events.PersonErasureRequested,
        events.ErasureDone,
    ),
)
