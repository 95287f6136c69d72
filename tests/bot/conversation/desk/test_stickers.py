"""Of a sticker nothing can be kept: nobody is asked whose it is, and what stands open is asked again."""

from __future__ import annotations

from bot.messages import Inbound
from tests.bot.conversation.desk.bench import Bench

STICKER = Inbound("unusable", unusable="sticker")


def unsure() -> Bench:
    """A bench with a case, and something of which it is asked whose it is."""
    bench = Bench()
    bench.photo("a1", origin="amina")
    bench.hear(Inbound("message", text="it began last week", forwarded=True))
    assert bench.desk.held
    return bench


def test_a_sticker_while_it_is_asked_whose_something_is_joins_nothing() -> None:
    bench = unsure()
    before = bench.desk
    said = bench.hear(STICKER)
    assert [text.id for text in said[0].paragraphs] == ["unusable.sticker"]
    assert bench.desk.held == before.held
    assert bench.desk.offered == before.offered != ()


def test_words_under_a_video_are_kept() -> None:
    bench = unsure()
    bench.hear(Inbound("unusable", unusable="video", text="it is on the arm"))
    (case,) = bench.cases.values()
    assert [note.text for note in case.notes] == ["it is on the arm"]
