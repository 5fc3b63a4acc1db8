"""The letters that we write: what each says, block by block, in the words of the person who reads it.

A letter is made from a template's name and plain JSON data, so that it can be queued by a worker that knows
neither the brand nor the address that people reach us by; `layout` adds both when it is drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from services.notifications.messages.reader import Reader

#: Stands in a letter where the recipient's secret link belongs; only what goes over the wire has the link itself.
SECRET_LINK = "saypro:secret-link"  # noqa: S105 - the mark, not a secret

#: So many lines of one list are read in a mail.
MOST_LINES = 12


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Figure:
    """One large figure over what it says."""

    value: str
    label: str


@dataclass(frozen=True)
class Prose:
    """Markdown that a person wrote."""

    source: str


@dataclass(frozen=True)
class Button:
    """The one thing to do. The bare address stands under it for those whose mail program draws no buttons."""

    label: str
    #: A path of this product such as /metrics/, or `SECRET_LINK`.
    address: str


@dataclass(frozen=True)
class Small:
    """Why the recipient gets this, and the like."""

    text: str


Block: TypeAlias = Paragraph | Figure | Prose | Button | Small


@dataclass(frozen=True)
class Letter:
    """What one mail says. `preview` is what a mail program shows beside the subject."""

    subject: str
    preview: str
    blocks: tuple[Block, ...]


def write_letter(template: str, data: Mapping[str, Any], reader: Reader) -> Letter:
    """The letter called `template` about `data`; raises `KeyError` if there is none of that name."""
    return TEMPLATES[template](data, reader)


def _sign_in_link(data: Mapping[str, Any], reader: Reader) -> Letter:
    until = reader.instant(datetime.fromisoformat(data["expires_at"]))
    return Letter(
        subject=reader.say("Your sign-in link"),
        preview=reader.say("It works once, until %(until)s.", until=until),
        blocks=(
            Paragraph(reader.say("Hello %(name)s,", name=data["name"])),
            Paragraph(reader.say("Here is your link to sign in. It works once, until %(until)s.", until=until)),
            Button(reader.say("Sign in"), SECRET_LINK),
            Small(
                reader.say(
                    "You did not ask for it? Then do nothing: without this mail nobody can use the link,"
                    " and it expires by itself. Please don't forward it."
                )
            ),
        ),
    )


def _target_reached(data: Mapping[str, Any], reader: Reader) -> Letter:
    value = reader.amount(Decimal(data["value"]), data["unit"])
    target = reader.amount(Decimal(data["target"]), data["unit"])
    names = {"kpi": data["name"], "campaign": data["campaign"]}
    day = reader.day(datetime.fromisoformat(data["reached_at"]))
    news = reader.say(
        "The campaign %(campaign)s has reached its target for %(kpi)s. The target was %(target)s.",
        target=target,
        **names,
    )
    blocks: list[Block] = [
        Paragraph(reader.say("Hello %(name)s,", name=data["recipient"])),
        Paragraph(news),
        Figure(value, reader.say("%(kpi)s, on %(day)s", kpi=data["name"], day=day)),
    ]
    if data["announcement_id"]:
        address = f"/notifications/announcements/{data['announcement_id']}"
        blocks += [
            Paragraph(reader.say("We have drafted a celebration for you. Nobody gets it before you read and send it.")),
            Button(reader.say("Read the draft"), address),
            Small(reader.say("You get this mail because you own this campaign.")),
        ]
    else:
        blocks += [
            *_dashboard_blocks(data, reader),
            Small(
                reader.say(
                    "You get this mail because you are the liaison of %(organisation)s, a partner of this campaign.",
                    organisation=data["organisation"],
                )
                if data["organisation"]
                else reader.say("You get this mail because you are a liaison of a partner of this campaign.")
            ),
        ]
    return Letter(
        subject=reader.say("Target reached: %(kpi)s in %(campaign)s", **names),
        preview=reader.say("%(value)s, and the target was %(target)s.", value=value, target=target),
        blocks=tuple(blocks),
    )


def _target_proposed(data: Mapping[str, Any], reader: Reader) -> Letter:
    names = {"kpi": data["name"], "campaign": data["campaign"]}
    asked = reader.say(
        "We have signed a target of the campaign %(campaign)s: %(kpi)s, %(target)s by %(day)s."
        " Please read it, and sign it for %(organisation)s.",
        target=reader.amount(Decimal(data["target"]), data["unit"]),
        day=reader.calendar_day(date.fromisoformat(data["due_on"])),
        organisation=data["organisation"] or reader.say("your organisation"),
        **names,
    )
    address = f"/metrics/campaigns/{data['campaign_id']}/kpis/{data['key']}/sign"
    # A letter that was drawn before there were links has no word of them.
    by_link = data.get("by_link", False)
    doing = (
        Button(reader.say("Read and sign"), SECRET_LINK if by_link else address)
        if data["may_look"] or by_link
        else Paragraph(reader.say("You need an account to sign. Answer this mail, and we make you one."))
    )
    return Letter(
        subject=reader.say("Please sign: %(kpi)s in %(campaign)s", **names),
        preview=asked,
        blocks=(
            Paragraph(reader.say("Hello %(name)s,", name=data["recipient"])),
            Paragraph(asked),
            doing,
            Small(reader.say("You get this mail because you are a liaison of a partner of this campaign.")),
        ),
    )


def _dashboard_blocks(data: Mapping[str, Any], reader: Reader) -> list[Block]:
    """Who can't sign in is not sent where they would have to."""
    if not data.get("may_look", True):
        return [Paragraph(reader.say("Thank you for your part in it."))]
    return [
        Paragraph(reader.say("Thank you for your part in it. The shared dashboard shows what everyone added.")),
        Button(reader.say("See the dashboard"), f"/metrics/campaigns/{data['campaign_id']}"),
    ]


def _announcement(data: Mapping[str, Any], reader: Reader) -> Letter:
    button = Button(reader.say("See the dashboard"), f"/metrics/campaigns/{data['campaign_id']}")
    return Letter(
        subject=data["title"],
        preview=data["campaign"],
        blocks=(
            Prose(data["body"]),
            *([button] if data.get("may_look", True) else []),
            Small(
                reader.say(
                    "You get this mail because you have a part in the campaign %(campaign)s.",
                    campaign=data["campaign"],
                )
            ),
        ),
    )


def _partner_mail(data: Mapping[str, Any], reader: Reader) -> Letter:
    """What partners asked for, in its words."""
    blocks: list[Block] = [Paragraph(reader.say("Hello %(name)s,", name=data["name"]))]
    blocks += [Paragraph(text) for text in data["paragraphs"]]
    if data.get("body"):
        blocks.append(Prose(data["body"]))
    if data["button"]:
        blocks.append(Button(data["button"], data["path"] or SECRET_LINK))
    blocks.append(Small(data["because"]))
    preview = data["paragraphs"][0] if data["paragraphs"] else data["because"]
    return Letter(subject=data["title"], preview=preview[:200], blocks=tuple(blocks))


def _name_report(data: Mapping[str, Any], reader: Reader) -> str:
    days = {name: reader.calendar_day(date.fromisoformat(data[name])) for name in ("starts_on", "ends_on")}
    if data["kind"] == "final":
        return reader.say("Final report, %(starts_on)s to %(ends_on)s", **days)
    return reader.say("Progress report, %(starts_on)s to %(ends_on)s", **days)


def _report_drafted(data: Mapping[str, Any], reader: Reader) -> Letter:
    name = _name_report(data, reader)
    return Letter(
        subject=reader.say("A report on %(campaign)s is due", campaign=data["campaign"]),
        preview=name,
        blocks=(
            Paragraph(reader.say("Hello %(name)s,", name=data["recipient"])),
            Paragraph(
                reader.say(
                    "%(report)s of the campaign %(campaign)s is drafted. Its figures and charts are there; the text is"
                    " yours to write. Nobody gets it before you freeze and send it.",
                    report=name,
                    campaign=data["campaign"],
                )
            ),
            Button(reader.say("Open the draft"), f"/metrics/reports/{data['report_id']}"),
            Small(reader.say("You get this mail because you own this campaign.")),
        ),
    )


def _report_published(data: Mapping[str, Any], reader: Reader) -> Letter:
    name = _name_report(data, reader)
    said = {"report": name, "campaign": data["campaign"]}
    blocks: list[Block] = [Paragraph(reader.say("Hello %(name)s,", name=data["recipient"]))]
    if data["edition"] > 1:
        blocks.append(Paragraph(reader.say("%(report)s of %(campaign)s was issued again, because:", **said)))
        blocks.append(Paragraph(data["reason"]))
    else:
        blocks.append(Paragraph(reader.say("%(report)s of %(campaign)s is there for you.", **said)))
    blocks += [Paragraph(_tell_line(line, reader)) for line in data["kpis"]]
    if data["may_look"]:
        address = f"/metrics/reports/{data['report_id']}?edition={data['edition']}"
        blocks.append(Button(reader.say("Read the report"), address))
    elif data.get("by_link", False):
        blocks.append(Button(reader.say("Read the report"), SECRET_LINK))
    else:
        blocks.append(Paragraph(reader.say("Ask us for an account and you can read all of it.")))
    why = (
        reader.say("You get this mail because you own this campaign.")
        if data["is_owner"]
        else reader.say("You get this mail because you are a liaison of a partner of this campaign.")
    )
    return Letter(subject=reader.say("%(report)s: %(campaign)s", **said), preview=name, blocks=(*blocks, Small(why)))


def _tell_line(line: Mapping[str, Any], reader: Reader) -> str:
    said = {"kpi": line["name"], "target": reader.amount(Decimal(line["target"]), line["unit"])}
    if line["value"] is None:
        return reader.say("%(kpi)s: no value yet; the target is %(target)s.", **said)
    value = reader.amount(Decimal(line["value"]), line["unit"])
    if line["status"] == "reached":
        return reader.say("%(kpi)s: %(value)s verified. The target of %(target)s is reached.", value=value, **said)
    return reader.say("%(kpi)s: %(value)s verified; the target is %(target)s.", value=value, **said)


def _figures_overdue(data: Mapping[str, Any], reader: Reader) -> Letter:
    owed = [_tell_owed(each, reader) for each in data["figures"]]
    said = {"campaign": data["campaign"], "organisation": data["organisation"] or reader.say("your organisation")}
    asked = reader.say("We are waiting for figures of %(organisation)s for the campaign %(campaign)s:", **said)
    doing: Block = (
        Button(reader.say("Report the figures"), f"/partners/organisations/{data['organisation_id']}/report")
        if data["may_look"]
        else Paragraph(reader.say("Answer this mail if you need a link to report them by."))
    )
    return Letter(
        subject=reader.say("Figures are overdue: %(campaign)s", **said),
        preview=owed[0],
        blocks=(
            Paragraph(reader.say("Hello %(name)s,", name=data["recipient"])),
            Paragraph(asked),
            *(Paragraph(line) for line in owed[:MOST_LINES]),
            *([Paragraph(reader.say("And more: the dashboard shows all."))] if len(owed) > MOST_LINES else []),
            doing,
            Paragraph(reader.say("If you have just sent them, all is well. If there is nothing to report, tell us.")),
            Small(reader.say("You get this mail because you are a liaison of a partner of this campaign.")),
        ),
    )


def _tell_owed(each: Mapping[str, str], reader: Reader) -> str:
    days = {name: reader.calendar_day(date.fromisoformat(each[name])) for name in ("starts_on", "ends_on", "due_on")}
    return reader.say("%(kpi)s, %(starts_on)s to %(ends_on)s, was due by %(due_on)s.", kpi=each["name"], **days)


TEMPLATES: Mapping[str, Callable[[Mapping[str, Any], Reader], Letter]] = {
    "sign_in_link": _sign_in_link,
    "target_reached": _target_reached,
    "target_proposed": _target_proposed,
    "figures_overdue": _figures_overdue,
    "announcement": _announcement,
    "partner_mail": _partner_mail,
    "report_drafted": _report_drafted,
    "report_published": _report_published,
}
