"""Use cases: both sides sign what a KPI is to reach. We sign first, then each partner that reports it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.events import TargetProposed, TargetSigned
from services.metrics.indicators.models import Kpi, Signature
from services.metrics.indicators.queries import get_kpi, list_live_signatures
from services.metrics.indicators.service.targets import list_reporters, read_terms
from services.metrics.indicators.terms import Terms, digest_terms
from services.metrics.known.service import make_personal_links
from shared.database.history import note
from shared.errors import Conflict, NotFound
from shared.identity import Identity
from shared.messaging.outbox import record
from shared.messaging.wake import announce

#: What a liaison's link is for.
SIGNING = "target.sign"


@dataclass(frozen=True)
class Signing:
    """What stands to be signed for a KPI, and who has signed just that."""

    terms: Terms
    digest: str
    ours: Signature | None
    #: By partner that reports the KPI; None while it has not signed.
    theirs: Mapping[UUID, Signature | None]

    @property
    def waits_for(self) -> Sequence[UUID]:
        """The partners that have not signed yet."""
        return [each for each, signature in self.theirs.items() if signature is None]

    @property
    def is_complete(self) -> bool:
        return self.ours is not None and bool(self.theirs) and not self.waits_for


def read_signing(session: Session, kpi: Kpi) -> Signing:
    """How far the signing of the KPI's target has come."""
    terms = read_terms(session, kpi)
    digest = digest_terms(terms)
    live = list_live_signatures(session, {kpi.id: digest})
    theirs: dict[UUID, Signature | None] = dict.fromkeys(list_reporters(session, kpi))
    theirs |= {each.organisation_id: each for each in live if each.organisation_id in theirs}
    return Signing(terms, digest, next((each for each in live if each.organisation_id is None), None), theirs)


def propose_target(
    session: Session, by: Identity, campaign_id: UUID, key: str, digest: str, now: datetime, base_url: str
) -> Signing:
    """Sign the target for us, and ask those partners who have not signed; again, they are asked again.

    Their liaisons get links under `base_url`. `digest` is that of the terms that were seen. Raises `Conflict` if they
    have changed since, or nobody is to sign.
    """
    kpi, signing = _open(session, by, campaign_id, key, digest)
    if not signing.theirs:
        raise Conflict("The campaign has no partner that could sign. Add its partners first.")
    if not signing.waits_for and signing.ours:
        raise Conflict("Everyone has signed this already.")
    if signing.ours is None:
        _sign(session, by, kpi, signing, None, now)
        signing = read_signing(session, kpi)
        record(session, _tell_signed(kpi, signing, None, now), now=now)
    waits_for = list(signing.waits_for)
    if waits_for:
        due_on = date.fromisoformat(signing.terms["due_on"])
        place = f"{base_url}/metrics/targets/s/"
        links = make_personal_links(session, waits_for, now, purpose=SIGNING, subject_id=kpi.id, place=place)
        told = TargetProposed(
            kpi.id, kpi.campaign_id, kpi.key, kpi.name, kpi.unit, kpi.target, due_on, kpi.target_number, waits_for,
            links,
        )  # fmt: skip
        record(session, told, now=now)
    for subject in (kpi.id, campaign_id):
        note(session, by, "signed a target and asked the partners", subject, at=now, name=kpi.name)
    announce(session, f"campaign:{campaign_id}")
    return signing


def sign_target(session: Session, by: Identity, campaign_id: UUID, key: str, digest: str, now: datetime) -> Signing:
    """Sign the target for the liaison's organisation; twice is the same as once.

    Raises `NotFound` for whom it is not to sign, `Conflict` if what was seen has changed or we have not signed yet.
    """
    kpi, signing = _open(session, by, campaign_id, key, digest)
    organisation_id = by.organisation_id
    if organisation_id is None or organisation_id not in signing.theirs:
        raise NotFound("This KPI is not for your organisation to sign.")
    if signing.ours is None:
        raise Conflict("This has not been sent to you to sign yet.")
    if signing.theirs[organisation_id] is not None:
        return signing
    _sign(session, by, kpi, signing, organisation_id, now)
    signing = read_signing(session, kpi)
    record(session, _tell_signed(kpi, signing, organisation_id, now), now=now)
    for subject in (kpi.id, campaign_id):
        note(session, by, "signed a target for the partner", subject, at=now, name=kpi.name)
    announce(session, f"campaign:{campaign_id}")
    return signing


def _open(session: Session, by: Identity, campaign_id: UUID, key: str, digest: str) -> tuple[Kpi, Signing]:
    kpi = get_kpi(session, by, campaign_id, key)
    # Two who sign at once stand in line here, so that nobody signs twice and the last one knows that all have.
    lock_standings(session, [kpi.id])
    signing = read_signing(session, kpi)
    if signing.digest != digest:
        raise Conflict("What is to be signed has changed since you opened this. Look at it as it stands now.")
    return kpi, signing


def _sign(
    session: Session, by: Identity, kpi: Kpi, signing: Signing, organisation_id: UUID | None, now: datetime
) -> None:
    signature = Signature(
        kpi_id=kpi.id,
        target_number=kpi.target_number,
        digest=signing.digest,
        terms=signing.terms,
        organisation_id=organisation_id,
        person_id=by.person_id,
        person_name=by.name,
        signed_at=now,
        created_at=now,
    )
    session.add(signature)
    session.flush()


def _tell_signed(kpi: Kpi, signing: Signing, organisation_id: UUID | None, now: datetime) -> TargetSigned:
    return TargetSigned(
        kpi.id,
        kpi.campaign_id,
        kpi.key,
        kpi.name,
        kpi.target_number,
        organisation_id,
        signing.is_complete,
        now,
    )
