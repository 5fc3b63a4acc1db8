"""The one store of files: immutable blobs named by the SHA-256 of their content, in a folder or in S3.

A blob is never changed, so whoever knows its name knows its content, and the same content twice is kept once. What
a file is called and what kind it is stands in the table of the feature that it belongs to (`shared.database.files`).
A blob is put away before the transaction that names it is committed: one that is rolled back leaves a blob that
nobody names, which does no harm.
"""

import hashlib
import io
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any, BinaryIO, Final, cast
from uuid import uuid4

import fsspec

from shared.errors import Unavailable

CHUNK: Final = 1 << 20  # bytes read at a time
_NAME: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredBlob:
    """A blob's name (lower-case hexadecimal SHA-256) and how many bytes it has."""

    sha256: str
    size: int


@dataclass(frozen=True)
class StoredFile:
    """A blob with what people need to know of it."""

    name: str
    media_type: str
    size: int
    sha256: str


class DamagedFile(Unavailable):
    """A blob's content is not what its name says: the store was tampered with or is failing."""


class FileStore:
    """The store at `url`: a folder's path or an address that fsspec knows, such as s3://bucket/folder.

    Nothing is opened before the first use. Raises `Unavailable` when the store can't be reached.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, source: IO[bytes] | bytes) -> StoredBlob:
        """Keep what `source` holds from where it stands. It appears under its name whole or not at all."""
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        digest, size = hashlib.sha256(), 0
        filesystem, root = self._place
        draft = f"{root}/incoming/{uuid4().hex}"
        try:
            filesystem.makedirs(f"{root}/incoming", exist_ok=True)
            try:
                with filesystem.open(draft, "wb") as file:
                    while chunk := stream.read(CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                        file.write(chunk)
                    _sync(file)
                self._settle(draft, digest.hexdigest())
            finally:
                # Moved away if all went well.
                if filesystem.exists(draft):
                    filesystem.rm_file(draft)
        except OSError as error:
            raise Unavailable("The file could not be stored just now. Nothing was changed; try again.") from error
        return StoredBlob(digest.hexdigest(), size)

    def open(self, sha256: str) -> BinaryIO:
        """The blob's content as a stream that can seek; close it. Raises `Unavailable` if it can't be read."""
        filesystem, _root = self._place
        try:
            return cast(BinaryIO, filesystem.open(self._path(sha256), "rb"))
        except OSError as error:
            raise Unavailable(
                "This file can't be read from our store just now. Try again; if it stays, tell an administrator."
            ) from error

    def read(self, sha256: str) -> bytes:
        """The whole content, compared with its name; raises `DamagedFile` if they differ."""
        with self.open(sha256) as stream:
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedFile("This file was damaged in our store. Ask an administrator to restore it from a backup.")
        return content

    def remove(self, sha256: str) -> None:
        """Take a blob away for good; only for content that nothing else can name. One that is gone already is fine."""
        try:
            self._place[0].rm_file(self._path(sha256))
        except FileNotFoundError:
            return

    def exists(self, sha256: str) -> bool:
        return bool(self._place[0].exists(self._path(sha256)))

    def probe(self) -> None:
        """Write and take away a trial file; raises `OSError` or `ImportError` saying what is wrong."""
        filesystem, root = self._place
        trial = f"{root}/incoming/trial-{uuid4().hex}"
        filesystem.makedirs(f"{root}/incoming", exist_ok=True)
        filesystem.pipe_file(trial, b"trial")
        filesystem.rm_file(trial)

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """The file system and the store's root in it; raises `ImportError` for a kind that nothing here can speak."""
        filesystem, root = fsspec.core.url_to_fs(self.url)
        return filesystem, str(root).rstrip("/")

    def _path(self, sha256: str) -> str:
        if not _NAME.fullmatch(sha256):
            raise ValueError(f"{sha256!r} names no blob")
        return f"{self._place[1]}/{sha256[:2]}/{sha256}"

    def _settle(self, draft: str, sha256: str) -> None:
        """Give the draft its name, in one step; what is already there is the same."""
        filesystem, path = self._place[0], self._path(sha256)
        if not filesystem.exists(path):
            filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            filesystem.mv(draft, path)


def _sync(file: Any) -> None:
    """A row must not name a blob that a power cut could take away; remote stores see to that themselves."""
    with suppress(io.UnsupportedOperation):
        file.flush()
        os.fsync(file.fileno())
