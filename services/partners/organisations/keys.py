"""What an organisation is searched, ordered and recognised by: one writing for the many ways to write the same."""

import unicodedata
from urllib.parse import urlsplit

#: Sites that many organisations share: being found on one says nothing of who one is.
SHARED_SITES = frozenset({
    "facebook.com", "instagram.com", "linkedin.com", "x.com", "twitter.com", "youtube.com", "tiktok.com",
    "linktr.ee", "sites.google.com", "wa.me", "bit.ly", "github.com", "medium.com",
})  # fmt: skip
_ACCENTS = range(0x0300, 0x0370)


def fold(text: str) -> str:
    """`text` as it is searched and ordered: without case, accents or doubled spaces. At most three times as long."""
    plain = "".join(each for each in unicodedata.normalize("NFD", text.casefold()) if ord(each) not in _ACCENTS)
    return unicodedata.normalize("NFC", " ".join(plain.split()))


def read_domain(website: str | None) -> str | None:
    """The host that is the organisation's own ("tablebay.org"), without "www."; None for none or a shared site."""
    try:
        host = urlsplit(website or "").hostname or ""
    except ValueError:
        return None
    domain = host.rstrip(".").removeprefix("www.").removeprefix("m.")
    return domain if domain and domain not in SHARED_SITES and len(domain) <= 253 else None


def read_registration(number: str | None) -> str | None:
    """A registration number's letters and digits: "NPO 012-345" and "npo012345" are one number."""
    return "".join(each for each in fold(number or "") if each.isalnum()) or None
