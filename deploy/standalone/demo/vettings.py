"""What was found out about the story's organisations: one vetting of each kind that there is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.partners.contacts.queries import find_liaison
from services.partners.organisations.service import register_organisation
from services.partners.vetting.models import APPROVED, CONDITIONAL, MET, REFUSED, Vetting
from services.partners.vetting.service.answers import (
    add_evidence,
    answer_item,
    declare_interests,
    start_vetting,
)
from services.partners.vetting.service.outcomes import ask_fast_track, decide_fast_track, decide_vetting
from services.partners.vetting.service.papers import ask_papers, receive_paper
from shared.clock import new_id
from shared.files import FileStore, StoredFile
from shared.identity import GUEST, Identity

NOTES: Final = {
    "registration": "Number and name as in the register, looked up today.",
    "governance": "Constitution of 2014; a board of seven that met four times last year.",
    "safeguarding": "Policy of last year, with a named person to tell.",
    "accounts": "Audited accounts of both years, without remarks.",
    "sanctions": "No hit on the lists; nothing in the press but a prize.",
    "references": "Spoke with two earlier funders; both would do it again.",
    "data_protection": "A paper register, locked; a form for consent.",
    "insurance": "Certificate of public liability seen.",
}

SHORT: Final = {
    "accounts": "Only last year's accounts, and they are not reviewed.",
    "registration": "The register knows no such name.",
    "safeguarding": "There is no policy, and nobody who would see to one.",
}


class Vetter:
    """Does what the two members of staff did; `reviewer` is the second pair of eyes."""

    def __init__(self, session: Any, files: FileStore, staff: list[Identity], settings: Any) -> None:
        self._session, self._files, self._time_zone = session, files, str(settings.time_zone)
        self._link = settings.base_url + "/partners/papers/s/{}"
        self._coordinator, self._reviewer = staff[1], staff[0]

    def decide(self, organisation_id: UUID, at: datetime, outcome: str, reason: str = "", **verdicts: str) -> None:
        """A vetting that came to a decision; `verdicts` names the items that were not simply met."""
        vetting = self.begin(organisation_id, at)
        for each in vetting.answers:
            self.answer(vetting, each.key, at + timedelta(days=2), verdicts.get(each.key, MET))
        self.keep(vetting, "insurance", "Certificate of insurance.txt", at + timedelta(days=2), lasts=400)
        decide_vetting(
            self._session, self._reviewer, vetting.id, vetting.version, at + timedelta(days=3), outcome=outcome,
            reason=reason, time_zone=self._time_zone,
        )  # fmt: skip

    def begin(self, organisation_id: UUID, at: datetime) -> Vetting:
        vetting = start_vetting(self._session, self._coordinator, organisation_id, at)
        for who in (self._coordinator, self._reviewer):
            declare_interests(self._session, who, vetting.id, at, conflict=False, description="")
        return vetting

    def answer(self, vetting: Vetting, key: str, at: datetime, verdict: str = MET) -> None:
        answer = next(each for each in vetting.answers if each.key == key)
        note = NOTES[key] if verdict == MET else SHORT[key]
        answer_item(self._session, self._coordinator, answer.id, answer.version, at, verdict=verdict, note_text=note)

    def keep(self, vetting: Vetting, key: str, name: str, at: datetime, lasts: int) -> None:
        answer = next(each for each in vetting.answers if each.key == key)
        file, expires_on = self.store(name), (at + timedelta(days=lasts)).date()
        add_evidence(self._session, self._coordinator, answer.id, file, at, expires_on=expires_on)

    def hurry(self, organisation_id: UUID, at: datetime) -> None:
        """A vetting that runs, with a fast track and a paper that the liaison sent."""
        vetting = self.begin(organisation_id, at)
        for key in ("registration", "governance", "references"):
            self.answer(vetting, key, at + timedelta(days=1))
        reason = "The winter kitchen opens on Monday, and the city gives us the hall for six weeks only."
        until = (at + timedelta(days=45)).date()
        ask_fast_track(self._session, self._coordinator, vetting.id, at, reason=reason, until=until)
        decide_fast_track(
            self._session, self._reviewer, vetting.id, at, granted=True, reason="", time_zone=self._time_zone
        )
        self.receive(vetting, at + timedelta(days=2))

    def receive(self, vetting: Vetting, at: datetime) -> None:
        liaison = find_liaison(self._session, vetting.organisation_id)
        if liaison is None or liaison.email is None:
            return
        wanted = [each.id for each in vetting.answers if each.key in {"accounts", "insurance"}]
        asked = ask_papers(
            self._session, self._coordinator, vetting.id, at, answer_ids=wanted,
            message="We are nearly through. Two papers are missing; a photo will do.",
            address=self._link.format,
        )  # fmt: skip
        guest = Identity(
            person_id=liaison.id, name=liaison.name, email=liaison.email, role=GUEST,
            organisation_id=vetting.organisation_id, token_id=new_id(), issued_at=at, expires_at=asked.until,
        )  # fmt: skip
        paper = self.store("Accounts of last year.txt")
        receive_paper(self._session, guest, asked.id, wanted[0], paper, at + timedelta(days=1), expires_on=None)

    def store(self, name: str) -> StoredFile:
        blob = self._files.put(f"{name}: made up for the demo.\n".encode())
        return StoredFile(name, "text/plain", blob.size, blob.sha256)


def tell_vettings(
    session: Any, files: FileStore, staff: list[Identity], organisations: Mapping[str, UUID], now: datetime,
    settings: Any,
) -> None:  # fmt: skip
    """Approved and ending soon, with conditions, on a fast track, expired, and refused. Days count back from `now`."""

    def days_ago(number: int) -> datetime:
        return now - timedelta(days=number)

    vetter = Vetter(session, files, staff, settings)
    vetter.decide(organisations["bay"], days_ago(150), APPROVED)
    conditions = "Reviewed accounts of last year by the end of the next quarter."
    vetter.decide(organisations["books"], days_ago(24), CONDITIONAL, conditions, accounts="not_met")
    vetter.hurry(organisations["kitchen"], days_ago(9))
    vetter.decide(organisations["parks"], days_ago(215), APPROVED)
    club = register_organisation(
        session, staff[1], days_ago(40), name="Harbour Angling Club", kind="community_group", country="ZA", website=None
    )
    reason = "It is not in the register under this name, and nobody there answers for safeguarding."
    vetter.decide(club.id, days_ago(39), REFUSED, reason, registration="not_met", safeguarding="not_met")
