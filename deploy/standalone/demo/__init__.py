"""Tells a new installation's first story, through the same use cases and the same signed deliveries as real work."""

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from standardwebhooks.webhooks import Webhook

from deploy.standalone.demo.agreements import tell_agreements
from deploy.standalone.demo.evaluations import tell_evaluations
from deploy.standalone.demo.exchanges import tell_exchanges
from deploy.standalone.demo.figures import tell_figures, tell_kpis
from deploy.standalone.demo.meetings import tell_meetings
from deploy.standalone.demo.outcomes import tell_outcomes
from deploy.standalone.demo.papers import tell_edition, tell_papers, tell_verdicts
from deploy.standalone.demo.partners import tell_others, tell_partner
from deploy.standalone.demo.profiles import tell_profiles
from deploy.standalone.demo.proposals import tell_proposals
from deploy.standalone.demo.relations import tell_relations
from deploy.standalone.demo.reports import put_picture, tell_reports
from deploy.standalone.demo.sharing import tell_sharing
from deploy.standalone.demo.story import CAMPAIGNS, PARTNERS, STAFF, Partner, Story, tell_weeks
from deploy.standalone.demo.targets import find_definition, tell_library, tell_targets
from deploy.standalone.demo.vettings import tell_vettings
from services.campaigns.campaigns.service import create_campaign
from services.metrics.indicators.queries import list_kpis
from services.metrics.indicators.service.kpis import create_kpi
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.service.overdue import notice_overdue
from services.metrics.measurements.service.verdicts import verify_figures
from services.metrics.reports.drawing import draw_files
from services.partners.contacts.queries import find_liaison
from services.partners.known.queries import name_campaigns
from services.partners.organisations.queries import count_organisations
from services.partners.organisations.service import register_organisation, set_logo
from services.partners.people.service import ensure_person
from services.partners.submissions.queries import Wanted, count_submissions
from services.partners.submissions.schemas import read_report
from services.partners.submissions.service.intake import accept_delivery, verify_delivery
from services.partners.submissions.service.keys import make_key
from services.partners.vault import Vault
from shared.clock import new_id, utc_now
from shared.errors import NotFound
from shared.identity import LIAISON, Identity
from shared.service import Runtime
from shared.web.app import create_app

Runtimes = Mapping[str, Runtime]
#: The figures of the last weeks are still to be verified by hand. Weeks.
UNVERIFIED = 3
#: When the first of us began to look for partners, in weeks before the story is told.
FIRST_WEEK = -72
PATIENCE = 60.0  # seconds for news to get from one service to another


def is_untold(runtimes: Runtimes) -> bool:
    """Whether nobody has begun to work here yet."""
    with runtimes["partners"].database.transaction(write=False) as session:
        return count_organisations(session, _act_as(None)) == 0


def tell_story(runtimes: Runtimes, now: datetime, is_enough: Callable[[], bool] = lambda: False) -> None:
    """Four partners of a dozen organisations, two rounds of evaluations, three campaigns, figures up to `now`.

    Breaks off early, leaving what was told so far, once `is_enough()`.
    """
    teller = _Teller(runtimes, now)
    teller.introduce_people()
    teller.introduce_others()
    signers = {partner.key: teller.introduce(partner) for partner in PARTNERS}
    teller.compare()
    teller.propose()
    teller.meet()
    teller.define()
    campaigns = [(story, teller.plan(story)) for story in CAMPAIGNS]
    teller.agree()
    teller.vet()
    teller.relate({story.title: campaign_id for story, campaign_id in campaigns})
    reports = [
        (week, campaign_id, key, figures)
        for story, campaign_id in campaigns
        for key in story.partners
        for week, figures in tell_weeks(story, key)
    ]
    # Each week is taken in before the next is told, so that it is judged as of that week and listed in its place.
    reports.sort(key=lambda report: report[0])
    for week, of_week in groupby(reports, key=lambda report: report[0]):
        for _, campaign_id, key, figures in of_week:
            if is_enough():
                return
            teller.deliver(signers[key], teller.organisations[key], campaign_id, week, figures)
        teller.report_by_hand(week + 1, {story.title: campaign_id for story, campaign_id in campaigns})
        teller.wait_until_settled()
    for story, campaign_id in campaigns:
        teller.verify(story, campaign_id)
    teller.work_with_figures(campaigns[0][1])
    teller.settle_targets({story.title: campaign_id for story, campaign_id in campaigns})
    teller.answer({story.title: campaign_id for story, campaign_id in campaigns})
    teller.write_papers([campaign_id for _, campaign_id in campaigns])
    teller.exchange_files(campaigns[0][1])
    teller.share(campaigns[0][1])


class _Teller:
    """Does what the people of the story did, at the times when they did it."""

    def __init__(self, runtimes: Runtimes, now: datetime) -> None:
        self._runtimes = runtimes
        self._now = now
        self._staff: list[Identity] = []
        self._liaisons: dict[str, Identity] = {}
        self.organisations: dict[str, UUID] = {}

    def introduce_people(self) -> None:
        with self._runtimes["partners"].database.transaction() as session:
            for name, email, role in STAFF:
                person = ensure_person(
                    session, self._at(FIRST_WEEK), name=name, email=email, role=role, organisation_id=None, locale="en",
                    time_zone=None,
                )  # fmt: skip
                self._staff.append(_act_as(person))

    def introduce(self, partner: Partner) -> Webhook:
        """Register the organisation, its liaison and its key; returns what its deliveries are signed with."""
        partners, at = self._runtimes["partners"], self._at(-33)
        with partners.database.transaction() as session:
            organisation = register_organisation(
                session, self._staff[1], self._at(FIRST_WEEK), name=partner.name, kind=partner.kind, country="ZA",
                website=partner.website,
            )  # fmt: skip
            tell_partner(session, self._staff[1], organisation, partner.key, self._at)
            if partner.key == "bay":
                logo = put_picture(partners.files, "logo.png").sha256
                set_logo(session, self._staff[1], organisation.id, logo, self._at(FIRST_WEEK))
            liaison = ensure_person(
                session, at, name=partner.liaison, email=partner.email, role=LIAISON,
                organisation_id=organisation.id, locale="en", time_zone=None,
            )  # fmt: skip
            vault = Vault(partners.settings.encryption_key)
            key = make_key(session, self._staff[0], organisation.id, vault, at, name="Field app")
        self.organisations[partner.key] = organisation.id
        self._liaisons[partner.key] = _act_as(liaison)
        return Webhook(key.secret)

    def introduce_others(self) -> None:
        """Register the organisations that were found besides the partners, at every stage."""
        with self._runtimes["partners"].database.transaction() as session:
            tell_others(session, self._staff[1], self._at)

    def agree(self) -> None:
        """Settle the terms with the partners, once their liaisons are known."""
        partners = self._runtimes["partners"]
        _wait_for(lambda: all(self._has_liaison(each) for each in self.organisations.values()))
        with partners.database.transaction() as session:
            tell_agreements(session, self._staff, self.organisations, self._now, partners.settings)

    def compare(self) -> None:
        """Evaluate organisations that are not partners yet."""
        with self._runtimes["partners"].database.transaction() as session:
            tell_evaluations(session, self._staff, self._now)

    def propose(self) -> None:
        """Offer those who were found best for the river mouth to work together."""
        partners = self._runtimes["partners"]
        with partners.database.transaction() as session:
            tell_proposals(session, self._staff, self._now, partners.settings.base_url)

    def meet(self) -> None:
        """Sit down with two of the partners, before today and after."""
        partners = self._runtimes["partners"]
        with partners.database.transaction() as session:
            tell_meetings(
                session, self._staff, self.organisations["bay"], self.organisations["books"],
                partners.settings.base_url, self._now,
            )  # fmt: skip
            tell_profiles(session, self._staff, self.organisations["books"], partners.settings.base_url, self._now)

    def define(self) -> None:
        """What is measured the same way in many campaigns."""
        with self._runtimes["metrics"].database.transaction() as session:
            tell_library(session, self._staff[1], self._at(FIRST_WEEK))

    def plan(self, story: Story) -> UUID:
        """Create the campaign, and its KPIs as soon as metrics has heard of it."""
        at, by = self._at(story.first_week - 2), self._staff[1]
        with self._runtimes["campaigns"].database.transaction() as session:
            campaign_id = create_campaign(
                session, by, at, title=story.title, cause=story.cause, summary=story.summary,
                starts_on=self._day(story.first_week), ends_on=self._day(story.last_week), owner_id=None,
                partners=[self.organisations[key] for key in story.partners],
            ).id  # fmt: skip
        metrics = self._runtimes["metrics"].database
        _wait_for(lambda: self._is_known(campaign_id))
        for target in story.targets:
            with metrics.transaction() as session:
                create_kpi(
                    session, by, campaign_id, at, key=target.key, name=target.name, unit=target.unit,
                    aggregation="sum", direction="increase", baseline=Decimal(0), target=Decimal(target.target),
                    verification=target.verification, **find_definition(session, target.key),
                )  # fmt: skip
        with metrics.transaction() as session:
            tell_kpis(session, by, story.title, campaign_id, at)
        return campaign_id

    def vet(self) -> None:
        """What was found out about the partners, and about one that did not become one."""
        partners = self._runtimes["partners"]
        with partners.database.transaction() as session:
            tell_vettings(session, partners.files, self._staff, self.organisations, self._now, partners.settings)

    def relate(self, campaigns: Mapping[str, UUID]) -> None:
        """How the partners and we get on; `campaigns` by title."""
        partners = self._runtimes["partners"]
        _wait_for(lambda: self._are_heard_of(campaigns.values()))
        with partners.database.transaction() as session:
            tell_relations(session, self._staff, self.organisations, campaigns, partners.settings.base_url, self._now)

    def deliver(
        self, signer: Webhook, organisation_id: UUID, campaign_id: UUID, week: int, figures: Mapping[str, str]
    ) -> None:
        """A week's figures, delivered on the following Monday as the partner's system would."""
        start, end = self._day(week), self._day(week + 1) - timedelta(days=1)
        at, message_id = min(self._at(week + 1), self._now), f"msg_{new_id().hex}"
        items = [
            {
                "kpi": key,
                "value": value,
                "period_start": f"{start}",
                "period_end": f"{end}",
                "reference": f"{start}-{key}",
            }
            for key, value in figures.items()
        ]
        report = {"campaign": str(campaign_id), "measurements": items}
        body = json.dumps({"type": "measurements.reported", "timestamp": at.isoformat(), "data": report})
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signer.sign(message_id, at, body),
        }
        partners = self._runtimes["partners"]
        with partners.database.transaction() as session:
            delivery = verify_delivery(
                session, partners.settings.encryption_key, organisation_id, headers, body.encode(), at
            )
            accept_delivery(session, delivery, read_report(body.encode()), at)

    def report_by_hand(self, week: int, campaigns: Mapping[str, UUID]) -> None:
        """What liaisons report beside their systems' figures; `campaigns` by title."""
        partners = self._runtimes["partners"]
        with partners.database.transaction() as session:
            tell_reports(session, week, self._liaisons, self.organisations, campaigns, partners.files, self._at(week))

    def answer(self, campaigns: Mapping[str, UUID]) -> None:
        """Read and answer what was reported, and tell what it was used for; `campaigns` by title."""
        partners = self._runtimes["partners"]
        with partners.database.transaction() as session:
            tell_outcomes(session, self._staff[1], self.organisations, campaigns, self._now, partners.settings.base_url)

    def write_papers(self, campaign_ids: Sequence[UUID]) -> None:
        """Look at what was given and told, let the reports of the past quarters fall due, and send one."""
        metrics, by = self._runtimes["metrics"], self._staff[1]
        # A report is drawn in the language of whoever freezes it.
        with create_app(metrics).test_request_context(), metrics.database.transaction() as session:
            tell_verdicts(session, by, campaign_ids[0], self._now)
            tell_papers(session, by, campaign_ids, self._now, self._now.date())
            tell_edition(
                session, by, self._liaisons["bay"], campaign_ids[0], self._now, self._now.date(),
                partial(draw_files, store=metrics.files, settings=metrics.settings), metrics.settings.base_url,
            )  # fmt: skip

    def verify(self, story: Story, campaign_id: UUID) -> None:
        """Verify by hand what is older than the last weeks."""
        if all(target.verification == "automatic" for target in story.targets):
            return
        latest = self._day(-UNVERIFIED)
        with self._runtimes["metrics"].database.transaction() as session:
            kpis = [kpi.id for kpi in list_kpis(session, campaign_id)]
            figures = find_figures(session, self._staff[1], kpis, status="provisional", cursor=None, limit=1000)
            old = [figure.id for figure in figures.items if figure.period_end < latest]
            verify_figures(session, self._staff[1], campaign_id, old, self._now)

    def work_with_figures(self, campaign_id: UUID) -> None:
        """What we do with figures beside verifying them."""
        with self._runtimes["metrics"].database.transaction() as session:
            tell_figures(session, self._staff[1], campaign_id, self.organisations, self._now, self._day)
            notice_overdue(session, self._now, self._now.date())

    def settle_targets(self, campaigns: Mapping[str, UUID]) -> None:
        """What both sides sign, what is worked out, what is asked afterwards; `campaigns` by title."""
        metrics = self._runtimes["metrics"]
        with metrics.database.transaction() as session:
            base_url = metrics.settings.base_url
            tell_targets(session, self._staff, self._liaisons, campaigns, self._now, self._day, base_url)

    def exchange_files(self, campaign_id: UUID) -> None:
        """Figures and results that came as files."""
        metrics, parks = self._runtimes["metrics"], self.organisations["parks"]
        with metrics.database.transaction() as session:
            tell_exchanges(session, metrics.files, self._staff[1], campaign_id, parks, self._now, self._day)

    def share(self, campaign_id: UUID) -> None:
        """Show what is verified to everybody."""
        with self._runtimes["metrics"].database.transaction() as session:
            tell_sharing(session, self._staff[1], campaign_id, self._at(-6), self._now)

    def wait_until_settled(self) -> None:
        """Until every delivery so far has its verdict."""
        _wait_for(self._is_settled)

    def _has_liaison(self, organisation_id: UUID) -> bool:
        with self._runtimes["partners"].database.transaction(write=False) as session:
            return find_liaison(session, organisation_id) is not None

    def _are_heard_of(self, campaign_ids: Collection[UUID]) -> bool:
        with self._runtimes["partners"].database.transaction(write=False) as session:
            return len(name_campaigns(session, campaign_ids)) == len(campaign_ids)

    def _is_known(self, campaign_id: UUID) -> bool:
        with self._runtimes["metrics"].database.transaction(write=False) as session:
            try:
                return get_campaign(session, self._staff[1], campaign_id) is not None
            except NotFound:
                return False

    def _is_settled(self) -> bool:
        with self._runtimes["partners"].database.transaction(write=False) as session:
            open_still = Wanted(status="accepted")
            return not any(count_submissions(session, each, open_still) for each in self.organisations.values())

    def _day(self, week: int) -> date:
        monday = self._now.date() - timedelta(days=self._now.weekday())
        return monday + timedelta(weeks=week)

    def _at(self, week: int) -> datetime:
        return self._now - timedelta(days=self._now.weekday()) + timedelta(weeks=week)


def _act_as(person: Any) -> Identity:
    """The identity of a person of the story; without one, of a member of staff who only looks."""
    at = utc_now()
    return Identity(
        person_id=person.id if person else new_id(), name=person.name if person else "SayPro",
        email=person.email if person else "", role=person.role if person else "viewer",
        organisation_id=person.organisation_id if person else None, token_id=new_id(), issued_at=at, expires_at=at,
    )  # fmt: skip


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the services did not hear of each other; see saypro doctor")
        time.sleep(0.02)
