"""`make vapid-keys`: a key pair that signs web pushes, in `.env`. A pair that is there stays."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from infra import dotenv, vapid

FILE = Path(__file__).parents[1] / ".env"
PUBLIC, OLD_PUBLIC = "VAPID_PUBLIC_KEY", "NEXT_PUBLIC_VAPID_PUBLIC_KEY"
PRIVATE, SUBJECT = "VAPID_PRIVATE_KEY", "VAPID_SUBJECT"
QUESTION = "Whom may push services write to, should a push cause trouble? mailto:… or https://…, empty for later: "


def main() -> None:
    """Make a pair, or say why not."""
    ask = input if sys.stdin.isatty() else (lambda _: "")
    try:
        print(write(FILE, os.environ, ask))  # noqa: T201
    except ValueError as exc:
        sys.exit(str(exc))


def write(file: Path, environment: Mapping[str, str], ask: Callable[[str], str]) -> str:
    """Add a new pair to the file, and the subject if it is known; returns what to say about that.

    Every line that is there stays as it is. Raises ValueError if half a pair is there, or if the subject will not do.
    """
    text = file.read_text() if file.exists() else ""
    kept = dotenv.parse(text)
    has_public, has_private = any(kept.get(name) for name in (PUBLIC, OLD_PUBLIC)), bool(kept.get(PRIVATE))
    if has_public and has_private:
        return f"{file} has a pair already: nothing was changed. New keys would cut off every browser that subscribed."
    if has_public or has_private:
        raise ValueError(f"{file} has half a pair: complete it, or remove {PUBLIC}, {OLD_PUBLIC} and {PRIVATE}")
    known = kept.get(SUBJECT) or environment.get(SUBJECT) or ask(QUESTION).strip()
    if known and not vapid.is_subject(known, examples=True):  # good enough for `make run`
        raise ValueError(f"{SUBJECT} is {known!r}, but must be {vapid.SUBJECT_WANTED}")
    public, private = vapid.make_pair()
    added = {PUBLIC: public, PRIVATE: private} | ({SUBJECT: known} if known and not kept.get(SUBJECT) else {})
    _append(file, text, added)
    missing = "" if known else f" Add {SUBJECT}=mailto:ops@your-domain before you deploy: {vapid.SUBJECT_WANTED}."
    return f"A new VAPID pair is in {file}.{missing}"


def _append(file: Path, text: str, added: Mapping[str, str]) -> None:
    """Write the file with more lines, whole or not at all, for its owner alone."""
    before = text if not text or text.endswith("\n") else f"{text}\n"
    file = file.resolve()  # a link stays one
    draft = file.with_name(f"{file.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(before + "".join(f"{name}={value}\n" for name, value in added.items()))
    draft.replace(file)


if __name__ == "__main__":
    main()
