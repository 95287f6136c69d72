"""The same journeys on PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text

from tests.journeys.test_patient import _left_of, erase, journey
from tests.journeys.town import Town
from tests.journeys.town import town as running

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def postgres_town(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    with running(tmp_path_factory.mktemp("town"), postgres_url.rpartition("/")[0] + "/" + name) as made:
        yield made
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


def test_patients_on_all_channels_get_findings_and_erase_them_on_postgresql(postgres_town: Town) -> None:
    asked = (("telegram", "sw"), ("whatsapp", "ar"), ("webchat", "en"))
    with ThreadPoolExecutor(3) as pool:
        people = list(pool.map(lambda one: journey(postgres_town, *one), asked))
    for person, (_, language) in zip(people, asked, strict=True):
        erase(postgres_town, person, language)
        assert _left_of(postgres_town, person) == {"photos": 0, "findings": 0, "replies": 0, "texts": 0}
