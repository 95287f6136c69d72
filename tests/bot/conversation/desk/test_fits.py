"""What the worker reads of what it may be: a first name that is only possible is no "also"."""

from __future__ import annotations

import pytest

from tests.bot.conversation.desk.bench import Bench


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([("MEL", "possible"), ("NEV", "possible")], ["desk.fits.first", "desk.fits.possible"]),
        ([("MEL", "likely"), ("NEV", "possible")], ["desk.fits.likely", "desk.fits.possible"]),
        ([("MEL", "possible")], ["desk.fits.first"]),
    ],
)
def test_the_first_name_is_no_also(named: list[tuple[str, str]], said: list[str]) -> None:
    bench = Bench()
    bench.photo("f1", origin="amina")
    (code,) = bench.open_codes()
    bench.whole_spot(code)
    replies = bench.found(code, *named)
    assert [t.id for t in replies[0].paragraphs if t.id.startswith("desk.fits.")] == said
