"""Settings are read once, say what is wrong with them, and keep secrets."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.database.engine import Database
from shared.service import Runtime
from shared.settings import KitSettings, SettingsError, setting
from shared.testing.example.app import EXAMPLE


@dataclass(frozen=True, kw_only=True)
class Settings(KitSettings):
    api_key: str = setting("", help="opens the other system", secret=True)
    folder: Path = setting(Path("var"), help="where files are kept")
    eager: bool = setting(False, help="whether to begin at once")


@pytest.fixture
def environment(monkeypatch):
    """The variables that have no default, set."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:///:memory:")
    monkeypatch.setenv("SECRET_KEY", "k" * 32)
    return monkeypatch


def test_each_kind_of_field_is_read_from_its_variable(environment):
    for name, value in {"PARTITIONS": "3", "FOLDER": "/srv/files", "EAGER": "true", "BRAND_NAME": "Acme"}.items():
        environment.setenv(name, value)
    settings = Settings.from_environment()
    assert (settings.partitions, settings.folder, settings.eager) == (3, Path("/srv/files"), True)
    assert settings.brand_name == "Acme"
    assert settings.time_zone == "Africa/Johannesburg"


def test_what_is_given_wins_over_the_environment(environment):
    environment.setenv("BRAND_NAME", "Acme")
    assert Settings.from_environment(brand_name="Other").brand_name == "Other"


def test_an_address_is_the_same_with_and_without_a_slash_at_its_end(environment):
    environment.setenv("BASE_URL", "https://saypro.example.org/")
    assert Settings.from_environment().base_url == "https://saypro.example.org"
    assert Settings.from_environment(base_url="http://127.0.0.1:8000/").base_url == "http://127.0.0.1:8000"


def test_a_missing_setting_is_named_with_what_it_is_for(environment):
    environment.delenv("SECRET_KEY")
    with pytest.raises(SettingsError, match=r"SECRET_KEY \(signs this service's form tokens"):
        Settings.from_environment()


@pytest.mark.parametrize(("name", "value"), [("PARTITIONS", "many"), ("EAGER", "perhaps")])
def test_a_malformed_setting_is_named(environment, name, value):
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment()


def test_secrets_are_not_shown_however_a_process_prints_what_it_runs_on(environment):
    url = "postgresql+psycopg://partners:hush1@127.0.0.1:1/none"
    settings = Settings.from_environment(
        api_key="hush2", secret_key="hush3", database_url=url, amqp_url="amqp://partners:hush4@127.0.0.1"
    )
    shown = [repr(settings), str(settings), f"{settings}", repr(Runtime(EXAMPLE, settings, Database(url)))]
    shown += [repr(Database(url)), repr(Database(url).engine), str(Database(url).url)]
    assert not [text for text in shown if "hush" in text]
    assert "Africa/Johannesburg" in repr(settings)
