"""The key pair that signs web pushes: one's own, or one that is made once and kept."""

import json
from pathlib import Path

from infra import vapid
from local.home import write_private
from local.settings import Settings


def pair(settings: Settings) -> tuple[str, str]:
    """Return the pair, public and private, as `infra.vapid` writes keys."""
    return settings.vapid or _kept_pair(settings.home / "vapid.json", settings.vapid_subject)


def _kept_pair(path: Path, subject: str) -> tuple[str, str]:
    if not path.exists():
        public, private = vapid.make_pair()
        write_private(
            path, json.dumps({"publicKey": public, "privateKey": private, "subject": subject}, indent=2) + "\n"
        )
    kept: dict[str, str] = json.loads(path.read_text())
    return kept["publicKey"], kept["privateKey"]
