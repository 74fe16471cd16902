"""The thinking that a model writes into its answer: a leading ``<think>…</think>``, told from the answer.

| state | what comes | becomes |
|---|---|---|
| before | white space, or the beginning of ``<think>`` | held back: it may turn out to be |
| before | ``<think>`` | thinking |
| before | anything else | the answer begins, with what was held back |
| thinking | ``</think>`` and white space | before: another block may follow |
| answer | anything | the answer |

Some models of DeepSeek and Qwen do so where their server does not part the two.
"""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class ThinkingFilter:
    """Takes the thinking out of an answer that comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._is_thinking = False
        self._is_answer = False
        self._has_thought = False

    def answer(self, piece: str) -> str:
        """What of the answer is certain by now."""
        if self._is_answer:
            return piece
        self._held += piece
        while not self._is_answer:
            if self._is_thinking:
                _, close, rest = self._held.partition(CLOSE)
                if not close:
                    self._held = self._held[-len(CLOSE) :]
                    return ""
                self._held, self._is_thinking, self._has_thought = rest, False, True
            begun = self._held.lstrip()
            if begun.startswith(OPEN):
                self._held, self._is_thinking = begun.removeprefix(OPEN), True
            elif OPEN.startswith(begun):
                return ""
            else:
                self._is_answer = True
        return self.end()

    def end(self) -> str:
        """What was held back, now that no more comes."""
        held, self._held = self._held, ""
        if self._is_thinking:
            return ""
        return held.lstrip() if self._has_thought else held
