"""The files of a page in the bucket that CloudFront serves: in which order they come, and how long each is good."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INDEX = "index.html"
HASHED = "assets/"  # Vite's folder for what it names by content
IMMUTABLE = "public, max-age=31536000, immutable"  # a year; RFC 8246
REVALIDATED = "no-cache"  # kept, but used only after a look whether it is still the same; RFC 9111, 5.2.2.4

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Not this machine's, which differ from system to system: under `nosniff` a wrong one breaks the page."""


class SiteError(RuntimeError):
    """The page cannot be published; the message says what is wrong with it."""


@dataclass(frozen=True)
class File:
    """An object of the bucket: its key, and what is served under it."""

    key: str
    body: bytes

    @property
    def is_hashed(self) -> bool:
        """Whether its name changes with its content."""
        return self.key.startswith(HASHED)

    @property
    def content_type(self) -> str:
        """By its name. Raises SiteError for a kind that no page has had yet."""
        suffix = Path(self.key).suffix
        if suffix not in TYPES:
            raise SiteError(f"{self.key} has no content type: `TYPES` in tools/site_files.py lists those there are")
        return TYPES[suffix]

    @property
    def cache_control(self) -> str:
        """How long browsers and CloudFront may keep it."""
        return IMMUTABLE if self.is_hashed else REVALIDATED


def read(folder: Path) -> Iterator[File]:
    """Yield the files under a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield File(path.relative_to(folder).as_posix(), path.read_bytes())


def put(s3: "S3Client", bucket: str, files: Iterable[File]) -> None:
    """Make these the files of the bucket, or raise SiteError before anything has changed.

    Files that are named by their content go first and are never removed, so that a page that was opened before still
    finds its parts; the index, which names them, goes last.
    """
    page = {file.key: file for file in files}  # the last, where two have a key
    if INDEX not in page:
        raise SiteError(f"the page has no {INDEX}: `make page` builds it")
    typed = [(file, file.content_type) for file in sorted(page.values(), key=_turn)]
    for file, content_type in typed:
        s3.put_object(
            Bucket=bucket, Key=file.key, Body=file.body, ContentType=content_type, CacheControl=file.cache_control
        )
    for key in _keys(s3, bucket):
        if key not in page and not key.startswith(HASHED):
            s3.delete_object(Bucket=bucket, Key=key)


def _turn(file: File) -> int:
    """What is named by others goes before them."""
    return 2 if file.key == INDEX else 0 if file.is_hashed else 1


def _keys(s3: "S3Client", bucket: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]
