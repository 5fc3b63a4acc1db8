"""The store of files keeps what it was given, whole or not at all, under a name that tells its content."""

import hashlib
import io
from pathlib import Path

import pytest

from shared.errors import Unavailable
from shared.files import DamagedFile, FileStore

REPORT = b"42 trees" * 1000
NAME = hashlib.sha256(REPORT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


def list_kept(store: FileStore) -> list[str]:
    return sorted(path.name for path in Path(store.url).rglob("*") if path.is_file())


class Breaking(io.BytesIO):
    """A stream whose sender goes away half-way."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 0:
            raise ConnectionResetError("gone")
        return super().read(10)


def test_a_blob_is_named_by_its_content_and_read_back(store: FileStore) -> None:
    assert not store.exists(NAME)
    blob = store.put(io.BytesIO(REPORT))
    assert (blob.sha256, blob.size) == (NAME, len(REPORT))
    assert store.exists(NAME)
    with store.open(NAME) as stream:
        stream.seek(3)
        assert stream.read(5) == b"trees"
    assert store.read(NAME) == REPORT


def test_the_same_content_twice_is_kept_once(store: FileStore) -> None:
    assert store.put(REPORT) == store.put(io.BytesIO(REPORT))
    assert list_kept(store) == [NAME]


def test_an_upload_that_breaks_off_leaves_nothing(store: FileStore) -> None:
    with pytest.raises(Unavailable):
        store.put(Breaking(REPORT))
    assert list_kept(store) == []


def test_a_blob_that_was_tampered_with_is_not_given_out_as_read(store: FileStore) -> None:
    store.put(REPORT)
    (Path(store.url) / NAME[:2] / NAME).write_bytes(b"43 trees")
    with pytest.raises(DamagedFile):
        store.read(NAME)


def test_a_blob_that_is_not_there_is_said_to_be_unavailable(store: FileStore) -> None:
    with pytest.raises(Unavailable):
        store.open(NAME)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", NAME.upper(), NAME + "/..", NAME[:-1], NAME + "\n", "/" + NAME]
)
def test_only_a_hash_names_a_blob(store: FileStore, name: str) -> None:
    for look in (store.open, store.exists, store.read):
        with pytest.raises(ValueError, match="names no blob"):
            look(name)


def test_a_store_elsewhere_works_alike() -> None:
    store = FileStore("memory://bucket/saypro")
    assert store.read(store.put(REPORT).sha256) == REPORT
    store.put(REPORT)
    assert store.exists(NAME)
    store.probe()


def test_a_probe_says_what_is_wrong_and_leaves_nothing_behind(store: FileStore, tmp_path: Path) -> None:
    store.probe()
    assert list_kept(store) == []
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError):
        FileStore(str(tmp_path / "file" / "files")).probe()
    with pytest.raises(ImportError, match="s3fs"):
        FileStore("s3://bucket/folder").probe()
