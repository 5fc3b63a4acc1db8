"""What an exit pack holds: one table, and what is left out with the reason.

A part is read with the rights of the organisation's own liaison, so that nothing of what staff think of it can
get in. Rows are plain values under names that stay the same; a part's rows become one JSON document and one CSV.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l

from services.partners.agreements.queries import find_agreements, list_answers, list_versions
from services.partners.contacts.queries import find_contacts
from services.partners.meetings.queries import find_dates, map_minutes
from services.partners.organisations.queries import get_organisation, list_track_records
from services.partners.profiles.queries import find_updates
from services.partners.promises.queries import find_promises
from services.partners.proposals import queries as proposals
from services.partners.reciprocity.queries import find_uses
from services.partners.scorecards.queries import list_rounds
from services.partners.submissions.queries import find_replies, iterate_pictures, iterate_received, list_keys
from services.partners.vetting.queries import list_partner_papers
from shared.database.paging import Page
from shared.identity import Identity

T = TypeVar("T")
Row = Mapping[str, Any]
#: The PDF of (agreement, version, answers to it, the organisation's name).
Draw = Callable[[Any, Any, Sequence[Any], str], bytes]
_BATCH = 200
#: More than anybody is ever asked to look back.
_MOST_ROUNDS = 10_000


@dataclass(frozen=True)
class Reading:
    """Whose things are read, as what a liaison of theirs would see at `now`."""

    session: Any
    viewer: Identity
    organisation_id: UUID
    now: datetime


@dataclass(frozen=True)
class Part:
    """One list of the pack: its file name, what it is in words, the tables it covers and how it is read.

    `files` gives (name, its SHA-256 in the store) of the files that belong to it, `papers` (name, content) of what is
    made for the pack.
    """

    name: str
    about: Any
    tables: tuple[str, ...]
    rows: Callable[[Reading], Iterator[Row]]
    files: Callable[[Reading], Iterator[tuple[str, str]]] | None = None
    papers: Callable[[Reading, Draw], Iterator[tuple[str, bytes]]] | None = None


def read_profile(reading: Reading) -> Iterator[Row]:
    found = get_organisation(reading.session, reading.viewer, reading.organisation_id)
    yield {"id": found.id, **_take(
        found, "name", "kind", "country", "website", "registration_number", "mission", "values", "focus", "places",
        "reach", "people_reached", "handles", "brand_notes", "created_at",
    )}  # fmt: skip


def read_logo(reading: Reading) -> Iterator[tuple[str, str]]:
    found = get_organisation(reading.session, reading.viewer, reading.organisation_id)
    if found.logo:
        yield "logo", found.logo


def read_track_record(reading: Reading) -> Iterator[Row]:
    for each in list_track_records(reading.session, reading.viewer, reading.organisation_id):
        yield _take(each, "id", "title", "first_year", "last_year", "done", "result", "evidence") | {
            "files": [file.file_name for file in each.files]
        }


def list_evidence(reading: Reading) -> Iterator[tuple[str, str]]:
    for each in list_track_records(reading.session, reading.viewer, reading.organisation_id):
        for file in each.files:
            yield file.file_name, file.sha256


def read_proposed(reading: Reading) -> Iterator[Row]:
    """Changes to the profile that the organisation sent, one by one, with what became of each."""
    for update in _walk(find_updates, reading, organisation_id=reading.organisation_id):
        for each in update.changes:
            names = ("id", "name", "was", "wanted", "state", "reason", "decided_at")
            yield {**_take(update, "sent_at", "sent_by_name"), **_take(each, *names)}


def read_contacts(reading: Reading) -> Iterator[Row]:
    """Everyone who is or was a contact. What staff noted about them is theirs and stays out."""
    for left in (False, True):
        for each in _walk(find_contacts, reading, reading.organisation_id, left=left):
            consents = [
                _take(said, "purpose", "given_on", "given_how", "withdrawn_on", "withdrawn_how")
                for said in each.consents
            ]
            names = ("id", "name", "email", "phone", "roles", "is_liaison", "channel", "locale", "time_zone", "active")
            yield {**_take(each, *names), "consents": consents}


def read_keys(reading: Reading) -> Iterator[Row]:
    for each in list_keys(reading.session, reading.organisation_id):
        yield _take(each, "id", "name", "ending", "created_by", "created_at", "last_used_at", "revoked_at")


def read_submissions(reading: Reading) -> Iterator[Row]:
    names = (
        "message_id",
        "kind",
        "campaign_id",
        "channel",
        "trial",
        "sent_by",
        "corrects_id",
        "items",
        "status",
        "recorded",
        "rejected",
        "processed_at",
        "read_at",
    )
    for each in iterate_received(reading.session, reading.organisation_id):
        body = each.body.decode("utf-8", "replace")
        yield {"id": each.id, "received_at": each.created_at, **_take(each, *names), "body": body}


def read_reported(reading: Reading) -> Iterator[Row]:
    """One row per item of each submission, with what became of it."""
    for each in iterate_received(reading.session, reading.organisation_id):
        reasons = {told["index"]: told["reason"] for told in each.rejected}
        for index, item in enumerate(_list_items(each.body)):
            verdict = "rejected" if index in reasons else each.status
            yield {
                "submission_id": each.id, "kind": each.kind, "campaign_id": each.campaign_id, "index": index,
                "verdict": verdict, "reason": reasons.get(index), **item,
            }  # fmt: skip


def read_pictures(reading: Reading) -> Iterator[Row]:
    for each in iterate_pictures(reading.session, reading.organisation_id):
        yield _take(each, "id", "submission_id", "file_name", "media_type", "size", "description", "created_at")


def list_pictures(reading: Reading) -> Iterator[tuple[str, str]]:
    for each in iterate_pictures(reading.session, reading.organisation_id):
        yield each.file_name, each.sha256


def read_agreements(reading: Reading) -> Iterator[Row]:
    """Every version that was offered, with what either side answered."""
    for agreement in _walk(find_agreements, reading):
        versions = list_versions(reading.session, reading.viewer, agreement.id)
        answers = list_answers(reading.session, versions)
        for version in sorted(versions, key=lambda each: each.number):
            said = [
                _take(each, "side", "reply", "comment", "person_name", "capacity", "digest", "created_at")
                for each in answers
                if each.version_id == version.id
            ]
            yield {
                "agreement_id": agreement.id, "title": agreement.title, "agreement_state": agreement.state,
                **_take(version, "number", "kind", "reason", "state", "digest", "offered_at", "answer_by", "terms"),
                "answers": said,
            }  # fmt: skip


def read_replies(reading: Reading) -> Iterator[Row]:
    """What we answered to its submissions."""
    for each in _walk(find_replies, reading, reading.organisation_id):
        yield _take(each, "id", "submission_id", "created_at", "text")


def read_uses(reading: Reading) -> Iterator[Row]:
    """What its figures were used for, as it sees that."""
    for each in _walk(find_uses, reading, reading.organisation_id):
        yield _take(each, "id", "use", "title", "text", "used_on", "address", "campaign_id", "created_at")


def read_proposals(reading: Reading) -> Iterator[Row]:
    """Every version that either side sent, with what was answered to it."""
    for proposal in _walk(proposals.find_proposals, reading):
        versions = proposals.list_versions(reading.session, proposal.id)
        answers = proposals.list_answers(reading.session, versions)
        for version in sorted(versions, key=lambda each: each.number):
            said = [
                _take(each, "side", "reply", "comment", "person_name", "digest", "created_at")
                for each in answers
                if each.version_id == version.id
            ]
            yield {
                "proposal_id": proposal.id, "proposal_state": proposal.state, "sent_at": version.created_at,
                **_take(version, "number", "side", "author_name", "title", "text", "values", "words", "digest",
                        "answer_by"),
                "answers": said,
            }  # fmt: skip


def draw_agreements(reading: Reading, draw: Draw) -> Iterator[tuple[str, bytes]]:
    name = get_organisation(reading.session, reading.viewer, reading.organisation_id).name
    for agreement in _walk(find_agreements, reading):
        versions = list_versions(reading.session, reading.viewer, agreement.id)
        answers = list_answers(reading.session, versions)
        for version in versions:
            said = [each for each in answers if each.version_id == version.id]
            yield f"{agreement.title} {version.number}.pdf", draw(agreement, version, said, name)


def read_meetings(reading: Reading) -> Iterator[Row]:
    """Every date of a meeting with the organisation, with the minutes that were sent to it, in their versions."""
    for past in (True, False):
        wanted = {"organisation_id": reading.organisation_id, "past": past}
        for page in _pages(find_dates, reading, reading.now, **wanted):
            minutes = map_minutes(reading.session, [each.id for each in page])
            for each in page:
                yield {
                    "id": each.id,
                    **_take(each.meeting, "title", "purpose", "place", "online"),
                    **_take(each, "starts_at", "ends_at"),
                    "cancelled": each.cancelled or each.meeting.cancelled_at is not None,
                    "minutes": [
                        _take(sent, "number", "text", "promised", "created_at") for sent in minutes.get(each.id, ())
                    ],
                }


def read_promises(reading: Reading) -> Iterator[Row]:
    for state in ("open", "done", "withdrawn"):
        wanted = {"organisation_id": reading.organisation_id, "state": state}
        for each in _walk(find_promises, reading, reading.now.date(), **wanted):
            names = ("id", "text", "owed_by", "due_on", "source", "state", "closed_at", "remark")
            yield _take(each, *names)


def read_scorecards(reading: Reading) -> Iterator[Row]:
    """What the organisation answered when it rated us."""
    for each in list_rounds(reading.session, reading.viewer, reading.organisation_id, _MOST_ROUNDS):
        if card := each.card_of("them"):
            yield {
                **_take(each, "id", "occasion", "campaign_id", "due_on"),
                **_take(card, "scores", "comment", "created_at"),
            }


def read_papers(reading: Reading) -> Iterator[Row]:
    """Papers that the organisation sent. What was made of them is not told."""
    for each in list_partner_papers(reading.session, reading.organisation_id):
        yield _take(each, "id", "file_name", "media_type", "size", "sha256", "expires_on", "created_at")


def list_papers(reading: Reading) -> Iterator[tuple[str, str]]:
    for each in list_partner_papers(reading.session, reading.organisation_id):
        yield each.file_name, each.sha256


PARTS: Sequence[Part] = (
    Part("profile", _l("The profile and the logo"), ("organisations",), read_profile, read_logo),
    Part("track-record", _l("The track record"), ("track_records", "track_files"), read_track_record, list_evidence),
    Part("proposed-changes", _l("Changes to the profile that it proposed, with what was taken over"),
         ("profile_updates", "profile_changes"), read_proposed),
    Part("contacts", _l("Contacts, and what they agreed to"), ("contacts", "consents"), read_contacts),
    Part("webhook-keys", _l("Webhook keys, without their secrets"), ("webhook_keys",), read_keys),
    Part("submissions", _l("Submissions as received, with verdicts and reasons"), ("submissions",), read_submissions),
    Part("reported", _l("Every figure and item reported, one by one, with its verdict"), (), read_reported),
    Part("replies", _l("What was answered to its submissions"), ("replies",), read_replies),
    Part("figure-uses", _l("What its figures were used for"), ("figure_uses",), read_uses),
    Part("pictures", _l("Pictures that were sent with stories"), ("report_pictures",), read_pictures, list_pictures),
    Part("proposals", _l("Proposals in every version that was sent, with the answers"),
         ("proposals", "proposal_versions", "proposal_answers"), read_proposals),
    Part("agreements", _l("Agreements that were offered, with the answers of both sides, also as PDF"),
         ("agreements", "agreement_versions", "agreement_answers"), read_agreements, papers=draw_agreements),
    Part("meetings", _l("Meetings, with the minutes that were shared"),
         ("meetings", "meeting_organisations", "meeting_dates", "meeting_minutes"), read_meetings),
    Part("promises", _l("Promises of both sides"), ("promises",), read_promises),
    Part("scorecards", _l("Scorecards that it filled in"), ("scorecard_rounds", "scorecards"), read_scorecards),
    Part("papers", _l("Papers that were sent for vetting"), ("vetting_evidence",), read_papers, list_papers),
)  # fmt: skip
#: Tables about an organisation that are in no part, and why.
LEFT_OUT = {
    "people": "who signs in stands among the contacts",
    "organisation_topics": "derived from the profile",
    "organisation_match_keys": "derived from the name",
    "import_rows": "staff's spreadsheets, in which it only occurs",
    "stage_changes": "what staff think of it",
    "interactions": "staff's own notes",
    "last_contacts": "derived from staff's own notes",
    "owners": "how staff share their work",
    "evaluations": "what staff think of it",
    "opportunities": "what staff plan",
    "vettings": "what staff found; the papers that it sent are in",
    "handovers": "how the liaison changed; both stand among the contacts",
    "campaign_partners": "campaigns own it; every submission names its campaign",
    "owed_figures": "what is still to be reported; the campaign's dashboard shows it",
    "refusals": "deliveries of which nothing was taken, shown on its pages for some weeks",
    "report_drafts": "reports that were not sent",
    "exit_packs": "the packs themselves",
}


def _take(found: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(found, name) for name in names}


def _pages(find: Callable[..., Page[T]], reading: Reading, *given: Any, **wanted: Any) -> Iterator[Sequence[T]]:
    """All pages of a list as the viewer sees it, one after the other."""
    cursor: str | None = None
    while True:
        page = find(reading.session, reading.viewer, *given, cursor=cursor, limit=_BATCH, **wanted)
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _walk(find: Callable[..., Page[T]], reading: Reading, *given: Any, **wanted: Any) -> Iterator[T]:
    for items in _pages(find, reading, *given, **wanted):
        yield from items


def _list_items(body: bytes) -> list[dict[str, Any]]:
    """The reported items of a delivery: the one list in its data. Numbers stay as they were written."""
    data = json.loads(body, parse_float=str).get("data", {})
    lists = [value for value in data.values() if isinstance(value, list)]
    return [each for each in (lists[0] if lists else []) if isinstance(each, dict)]
