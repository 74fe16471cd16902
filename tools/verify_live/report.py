"""What is printed: what was confirmed and what refuted, each with its switch, and what only live AWS can tell."""

from collections.abc import Iterator, Mapping, Sequence

from tools.verify_live.walk import Outcome, Verdict

LOCAL = (
    "This is the local cloud, which plays AWS by its documentation: what is confirmed here, live AWS is still to be "
    "asked, with the outputs of `make deploy`"
)
BY_HAND = "Only live AWS can tell, and a person who looks:"


def lines(verdicts: Sequence[Verdict], by_hand: Mapping[str, str], *, is_local: bool) -> Iterator[str]:
    """Yield the report, line by line."""
    for verdict in verdicts:
        yield f"{verdict.outcome.value}: {verdict.item.id}: {verdict.says} [switch: {verdict.item.switch or 'none'}]"
        if verdict.outcome is Outcome.REFUTED:
            yield f"  to do: {verdict.item.mend}"
    yield from ("", BY_HAND)
    for item_id, look in by_hand.items():
        yield f"  {item_id}: {look}"
    if is_local:
        yield from ("", LOCAL)
    counts = [f"{sum(each.outcome is outcome for each in verdicts)} {outcome.value}" for outcome in Outcome]
    yield from ("", f"{', '.join(counts)}, {len(by_hand)} by hand (docs/live-checklist.md)")


def holds(verdicts: Sequence[Verdict]) -> bool:
    """Whether all that could be asked was so."""
    return all(verdict.outcome is not Outcome.REFUTED for verdict in verdicts)
