"""One town for each file of journeys: many people talk in it at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.town import Town
from tests.journeys.town import town as running


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A whole Ngozi on SQLite."""
    with running(tmp_path_factory.mktemp("town")) as made:
        yield made
