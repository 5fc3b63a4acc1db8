"""How a mail is shown inside a page: in a frame from an address of its own, where nothing can run or be fetched."""

from shared.web.security import CONTENT_SECURITY_POLICY

#: For the page around it.
PAGE_WITH_MAIL = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
#: For the mail itself. It is styled inline, as mail programs want it; its links open in new windows.
MAIL_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "Referrer-Policy": "no-referrer",
}
