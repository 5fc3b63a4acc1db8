"""Public pages as anybody sees them, and their compact version for frames on other sites."""

from flask import Response, render_template, request

from services.metrics.sharing.pages.blueprint import pages, see_publicly
from services.metrics.sharing.queries import PageGone, open_public_page
from shared.web.app import limiter
from shared.web.context import session
from shared.web.policy import public
from shared.web.security import let_frame


@pages.get("/public/s/<secret>")
@public("whoever has the address may see what was chosen for it")
@limiter.limit("120 per minute")
def show_public(secret: str) -> Response:
    page = open_public_page(session(), secret)
    return _keep_cheap(Response(render_template("sharing/public.html", **see_publicly(page))))


@pages.get("/public/s/<secret>/embed")
@public("whoever has the address may see what was chosen for it")
@limiter.limit("240 per minute")
def show_embedded(secret: str) -> Response:
    try:
        page = open_public_page(session(), secret)
        if not page.frames:
            raise PageGone
    except PageGone as gone:
        # In whatever frame it stands, it says so instead of showing a browser's error.
        return let_frame(Response(render_template("sharing/gone.html", gone=gone), 404), ["*"])
    whole = request.path.removesuffix("/embed")
    html = render_template("sharing/embed.html", whole=whole, **see_publicly(page))
    return let_frame(_keep_cheap(Response(html)), page.frames)


def _keep_cheap(response: Response) -> Response:
    """Let a browser that has it already ask whether it is still so: a page that was revoked is gone at once."""
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Language"
    # Its address is for those whom it was given to.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.make_conditional(request)
    return response
