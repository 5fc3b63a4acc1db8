"""The columns of a table whose rows are files: what people call it, its kind and size, and the blob that holds it."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.files import StoredFile


class FileColumns:
    """For a row that is one stored file, which is never replaced by another."""

    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))

    @property
    def file(self) -> StoredFile:
        return StoredFile(self.file_name, self.media_type, self.size, self.sha256)

    def set_file(self, file: StoredFile) -> None:
        """Take over what is known of `file`."""
        self.file_name, self.media_type = file.name, file.media_type
        self.size, self.sha256 = file.size, file.sha256
