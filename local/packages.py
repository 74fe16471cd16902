"""What the deployer uploads: folders as zips whose bytes depend on the files alone."""

import io
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
LEAVE_OUT = {"__pycache__", ".DS_Store"}


def zip_folder(folder: Path) -> bytes:
    """Return a folder's files as a zip: the same files give the same bytes."""
    return _zipped({path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)})


def empty_layer() -> bytes:
    """Return a layer with nothing to import: functions here find its packages where this process finds them."""
    return _zipped(
        {"python/README": b"Empty on purpose: the packages are installed in the environment of the workers.\n"}
    )


def _files(folder: Path) -> list[Path]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in paths if not LEAVE_OUT & set(path.relative_to(folder).parts) and path.suffix != ".pyc"]


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
