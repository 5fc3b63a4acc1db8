"""The language and time zone of the person who asks. English is the source of every text."""

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from pathlib import Path

from flask import Flask, request
from flask_babel import Babel, get_babel

from shared.web.context import identity_or_none, settings

LOCALES = ("en", "en_ZA", "en_GB", "en_US")


class PseudoTranslations(NullTranslations):
    """Marks every text that went through gettext, so that a test can see which did not."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    ugettext, ungettext = gettext, ngettext


def install_i18n(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    Babel(app, locale_selector=_select_locale, timezone_selector=_select_time_zone)
    app.jinja_env.add_extension("jinja2.ext.i18n")


@contextmanager
def writing_alone(time_zone: str, locale: str = "en") -> Iterator[None]:
    """Texts and times for nobody's request, as jobs write them: in this language and time zone."""
    app = Flask(__name__)
    Babel(app, default_locale=locale, default_timezone=time_zone)
    with app.app_context():
        yield


def use_pseudo_locale(app: Flask) -> None:
    """Answer every page of `app` with marked texts; for tests."""
    with app.app_context():
        domain = get_babel().instance.domain_instance
    domain.get_translations = PseudoTranslations


def _select_locale() -> str:
    identity = identity_or_none()
    if identity is not None and identity.locale in LOCALES:
        return identity.locale
    return request.accept_languages.best_match([tag.replace("_", "-") for tag in LOCALES], "en").replace("-", "_")


def _select_time_zone() -> str:
    identity = identity_or_none()
    return (identity.time_zone if identity else None) or str(settings().time_zone)
