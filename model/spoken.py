"""What a row has said so far: when it ends, and which of its text is settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["Spoken"]

_HALF = "\ufffd"  # a letter of which not all bytes are there yet


class Spoken:
    """Ids as they come, as text.

    decode: ids to text without special tokens.  Text that may yet turn out to be the beginning of a stop is held back,
    so that the pieces together are `text` and never more.
    """

    def __init__(
        self,
        decode: Callable[[list[int]], str],
        stop_ids: Sequence[Sequence[int]],
        stop_texts: Sequence[str],
        stream: bool,
    ) -> None:
        self.ids: list[int] = []
        self.stopped = False
        self._decode, self._stream = decode, stream
        self._stop_ids = [list(ids) for ids in stop_ids]
        self._stop_texts = tuple(stop_texts)
        self._said = ""
        self._cut: str | None = None

    @property
    def text(self) -> str:
        """All of it, without what ended it."""
        if self._cut is not None:
            return self._cut
        ended = self._ended() if self.stopped else 0
        return self._decode(self.ids[: len(self.ids) - ended])

    def push(self, token: int) -> str:
        """One more id; returns the text that is settled now and was not before, "" where nobody listens."""
        self.ids.append(token)
        if self._ended():
            self.stopped = True
        if not self._stream and not self._stop_texts:
            return ""
        text = (
            self.text
            if self.stopped
            else self._decode(self.ids[: len(self.ids) - _overlap(self.ids, self._stop_ids)])
        )
        found = [at for at in (text.find(stop) for stop in self._stop_texts) if at >= 0]
        if found:
            self.stopped, self._cut = True, text[: min(found)]
        if self.stopped:
            return self.rest()
        text = text.rstrip(_HALF)
        return self._settle(text[: len(text) - _overlap(text, self._stop_texts)])

    def rest(self) -> str:
        """The text that was still held back, now that no more comes."""
        return self._settle(self.text) if self._stream else ""

    def _settle(self, text: str) -> str:
        if not self._stream or not text.startswith(self._said):
            return ""  # a decoder that changes its mind about earlier text is heard again when it agrees, or at the end
        piece, self._said = text[len(self._said) :], text
        return piece

    def _ended(self) -> int:
        """Length of the longest stop sequence that the ids end with, 0 if none."""
        return max((len(stop) for stop in self._stop_ids if self.ids[-len(stop) :] == stop), default=0)


def _overlap(said: Sequence[object], stops: Sequence[Sequence[object]]) -> int:
    """Length of the longest end of `said` that begins a stop without being all of it."""
    best = 0
    for stop in stops:
        for length in range(min(len(stop) - 1, len(said)), best, -1):
            if said[-length:] == stop[:length]:
                best = length
                break
    return best
