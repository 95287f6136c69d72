"""The same on PostgreSQL, where several workers' turns hold their rows at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.test_health_worker import whole
from tests.journeys.test_patient_postgresql import postgres_town
from tests.journeys.town import Town

__all__ = ["postgres_town"]

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]


def test_workers_with_mixed_patients_and_clinicians_on_postgresql(postgres_town: Town) -> None:
    asked = (("telegram", "ar"), ("whatsapp", "sw"), ("telegram", "en"))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: whole(postgres_town, *one), asked))
