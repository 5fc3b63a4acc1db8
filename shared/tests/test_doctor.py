"""What `saypro doctor` says of the store of files."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from shared.doctor import examine
from shared.service import Runtime, Service
from shared.testing.example.app import EXAMPLE


@pytest.fixture
def service() -> Service:
    return EXAMPLE


def test_a_store_that_can_be_written_is_no_finding(runtime: Runtime, now: datetime) -> None:
    assert [found.what for found in examine(runtime, now) if "ile" in found.what] == []


def test_a_store_that_cannot_be_used_is_told_with_what_to_do(runtime: Runtime, now: datetime, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for url, what, remedy in (
        (str(tmp_path / "file" / "files"), "can't be kept", "has room"),
        ("s3://bucket/folder", "s3fs", "install s3fs"),
        ("gopher://old", "gopher", "a folder"),
    ):
        elsewhere = Runtime(runtime.service, replace(runtime.settings, files=url), runtime.database)
        (found,) = examine(elsewhere, now)
        assert what in found.what
        assert remedy in found.remedy
        assert found.serious
