"""The benchmark: its figures are right, and a short run fills every field. Nothing here asserts how fast anything is."""

from __future__ import annotations

import io
import json
import math
import statistics
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.channels.telegram.read import from_body
from bot.errors import NgoziError
from bot.messages import Outgoing
from bot.settings import Settings
from worker import bench
from worker.bench import pages
from worker.bench.child import clean_env
from worker.bench.load import CHATS, call_bytes, update_body
from worker.bench.pairs import Round, comparison, paired, percentile, ratio_of_pairs
from worker.bench.pipeline import _times
from worker.bench.talks import Talk

positive = st.floats(0.001, 1e6, allow_nan=False)


@given(st.lists(positive, min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed(values: list[float], q: int) -> None:
    found = percentile(values, q)
    assert found in values
    # In whole numbers: a share that is computed in floating point may miss its own bound.
    assert sum(v <= found for v in values) * 100 >= q * len(values)
    assert sum(v < found for v in values) * 100 < q * len(values)


def test_percentiles_of_a_hundred_are_their_ranks() -> None:
    values = [float(v) for v in range(100, 0, -1)]
    assert [percentile(values, q) for q in (1, 50, 95, 99, 100)] == [1, 50, 95, 99, 100]
    assert math.isnan(percentile([], 50))
    with pytest.raises(ValueError, match="q is 0"):
        percentile(values, 0)


def test_a_ratio_is_taken_within_pairs_so_that_drift_of_the_machine_cancels() -> None:
    # The machine gets four times slower; one arm is always half as fast as the other.
    a, b = [100.0, 50.0, 25.0], [200.0, 100.0, 50.0]
    ratio = ratio_of_pairs(a, b)
    assert (ratio.median, ratio.least, ratio.most, ratio.pairs) == (0.5, 0.5, 0.5, 3)
    # The median of ratios, not the ratio of medians (which would be 10 / 10).
    uneven = ratio_of_pairs([10.0, 10.0, 40.0], [5.0, 20.0, 10.0])
    assert (uneven.median, uneven.least, uneven.most) == (2.0, 0.5, 4.0)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=20))
def test_a_ratio_lies_between_its_least_and_most_and_turns_over_with_its_arms(
    pairs: list[tuple[float, float]],
) -> None:
    a, b = [p[0] for p in pairs], [p[1] for p in pairs]
    ratio, turned = ratio_of_pairs(a, b), ratio_of_pairs(b, a)
    assert ratio.least <= ratio.median <= ratio.most
    assert turned.most == pytest.approx(1 / ratio.least)
    assert ratio_of_pairs(a, a).median == 1.0


@pytest.mark.parametrize(("a", "b"), [([], []), ([1.0], []), ([1.0], [0.0]), ([0.0], [1.0])])
def test_what_is_no_pair_of_positive_rates_is_refused(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        ratio_of_pairs(a, b)


def test_arms_run_in_turn_and_the_first_place_changes() -> None:
    order: list[str] = []

    def arm(name: str) -> Round:
        order.append(name)
        return Round(len(order), 1.0)

    of_a, of_b = paired(lambda: arm("a"), lambda: arm("b"), 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert [r.count for r in of_a] == [1, 4, 5]
    assert [r.count for r in of_b] == [2, 3, 6]


def test_a_comparison_pools_latencies_and_counts_failures() -> None:
    of_a = [Round(2, 1.0, (1.0, 3.0), 1), Round(4, 2.0, (2.0, 4.0), 0)]
    of_b = [Round(4, 1.0, (1.0, 1.0)), Round(8, 1.0, (1.0, 2.0))]
    found = comparison(of_a, of_b)
    assert found["a"] == {
        "count": 6,
        "failed": 1,
        "per_second": 2.0,
        "per_second_of_rounds": [2.0, 2.0],
        "p50_ms": 2.0,
        "p99_ms": 4.0,
    }
    assert found["ratio"]["per_second"] == {"median": 0.375, "least": 0.25, "most": 0.5, "pairs": 2}
    assert found["ratio"]["p99_ms"] == {"median": 2.5, "least": 2.0, "most": 3.0, "pairs": 2}


def test_each_call_of_the_load_is_an_update_of_its_own_that_the_real_adapter_reads() -> None:
    read = [from_body(update_body(n)) for n in range(1, 2 * CHATS + 1)]
    assert len({u.external_id for u in read if u is not None}) == 2 * CHATS
    assert len({u.address for u in read if u is not None}) == CHATS
    head, _, body = call_bytes("/x", "s", update_body(7)).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


def offer(*codes: str) -> Outgoing:
    return Outgoing("1", "a", "t", tuple((code, code) for code in codes))


def test_a_talk_is_timed_from_photograph_to_question_and_from_last_answer_to_findings() -> None:
    talk = Talk(0)
    assert '"photos":[{"ref":"0"' in talk.begin().payload
    assert talk.hear(offer()) is None, "a sentence without a question is not answered"
    answer = talk.hear(offer("consent.yes", "consent.no"))
    assert answer is not None
    assert '"choice":"consent.yes"' in answer.payload
    assert talk.photo_ms == talk.waits_ms[0]
    assert talk.think_ms is None
    asked = talk.hear(offer("menu.new", "menu.what"))
    assert asked is not None
    assert '"choice":"menu.what"' in asked.payload
    assert talk.think_ms == talk.waits_ms[1]
    assert not talk.finished
    assert talk.hear(offer("menu.new", "menu.what")) is None
    assert talk.finished
    assert (talk.sent, talk.heard, len(talk.waits_ms)) == (3, 4, 3)


def test_photo_to_findings_is_the_sum_within_each_talk() -> None:
    talks = [Talk(0, photo_ms=100.0, think_ms=1.0), Talk(1, photo_ms=1.0, think_ms=200.0)]
    found = _times(talks)
    assert found["n"] == 2
    assert found["photo_to_findings"] == {"p50_ms": 101.0, "p95_ms": 201.0, "p100_ms": 201.0}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, str]:
    """What a run of tiny durations wrote and said."""
    folder = tmp_path_factory.mktemp("bench") / "not" / "there"
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NGOZI_MODEL", "off")
        patch.delenv("NGOZI_DATABASE_URL", raising=False)
        bench.run(folder, 0.35, Console(file=said, width=1000))
    return json.loads((folder / "bench.json").read_text()), (folder / "bench.md").read_text(), said.getvalue()


@pytest.mark.timeout(600)
def test_a_short_run_fills_every_field(report: tuple[dict[str, Any], str, str]) -> None:
    found, _, _ = report
    assert set(found) == {
        "at", "commit", "seconds", "machine", "webhook", "pipeline", "findings", "memory", "load_at_end",
    }  # fmt: skip
    machine = found["machine"]
    assert machine["cores"] >= 1
    assert all(machine[name] for name in ("cpu", "python", "sqlite", "system", "memory_gib"))
    assert found["commit"]
    webhook = found["webhook"]["SQLite"]
    for name in ("accept_to_empty", "accept_to_bare", "empty_to_empty"):
        for arm in "ab":
            assert webhook[name][arm]["count"] > 0
            assert webhook[name][arm]["failed"] == 0, "every call was answered 200"
            assert webhook[name][arm]["p50_ms"] <= webhook[name][arm]["p99_ms"]
    for kind in ("inline", "embedded"):
        figures = found["pipeline"]["SQLite"][kind]
        assert figures["talks"] >= 1
        # Photograph, answers, one question of the menu: nobody got stuck on the way.
        assert figures["messages"] >= 8 * figures["talks"]
        assert figures["replies"] >= figures["messages"]
        assert figures["messages_per_second"] > 0
    assert {p["process"] for p in found["memory"]} == {
        "web, SQLite, begun", "web, SQLite, after the load", "embedded, stand-in model, SQLite",
    }  # fmt: skip
    assert all(10 < p["rss_mib"] <= p["peak_mib"] for p in found["memory"])
    assert found["findings"] == {"unavailable": "model: off (NGOZI_MODEL)"}


@pytest.mark.timeout(600)
def test_ratios_of_a_run_come_from_the_pairs_of_its_rounds(
    report: tuple[dict[str, Any], str, str],
) -> None:
    webhook = report[0]["webhook"]["SQLite"]
    for name in ("accept_to_empty", "accept_to_bare", "empty_to_empty"):
        a, b = (webhook[name][arm]["per_second_of_rounds"] for arm in "ab")
        ratio = webhook[name]["ratio"]["per_second"]
        assert len(a) == len(b) == webhook["rounds"] == ratio["pairs"]
        within = [x / y for x, y in zip(a, b, strict=True)]
        assert ratio["median"] == pytest.approx(statistics.median(within), rel=0.01)
        assert (ratio["least"], ratio["most"]) == pytest.approx((min(within), max(within)), rel=0.01)


@pytest.mark.timeout(600)
def test_the_table_names_machine_commit_and_every_comparison(
    report: tuple[dict[str, Any], str, str],
) -> None:
    found, text, said = report
    assert found["commit"] in text
    assert found["machine"]["cpu"] in text
    for words in (
        "control: empty handler",
        "bare INSERT+COMMIT",
        "model: off",
        "embedded workers",
        "resident MiB",
    ):
        assert words in text
    assert "nan" not in text.lower()
    assert [line for line in text.splitlines() if line not in said] == []
    for row in (line for line in text.splitlines() if line.startswith("| ")):
        assert row.endswith(" |")


@pytest.mark.timeout(600)
def test_photographs_are_timed_to_their_findings_through_the_embedded_engine() -> None:
    found = bench.findings(2, 0.2, stand_in=True)
    assert found["n"] == 2, found
    assert found["failed"] == 0
    assert found["model"] == "stand-in"
    assert found["photo_to_findings"]["p50_ms"] > 0
    assert {p["process"] for p in found["memory"]} == {"embedded parent (web, workers)", "model child"}


@pytest.mark.timeout(600)
def test_each_process_that_measures_on_one_database_reads_its_settings(
    tmp_path: Path, database_url: str
) -> None:
    """Each has a folder of its own, and the second finds a database that was begun."""
    read = [Settings.read(clean_env(str(tmp_path / name), database_url)) for name in ("first", "second")]
    assert read[0].master_keys == read[1].master_keys


def test_a_model_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NGOZI_MODEL", str(tmp_path))
    found = bench.findings(1)
    assert found["unavailable"].startswith("model: not installed (")
    assert "\n" not in found["unavailable"]


@pytest.mark.timeout(600)
def test_a_database_that_cannot_be_made_is_said_and_sqlite_is_still_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NGOZI_MODEL", "off")
    monkeypatch.setenv("NGOZI_DATABASE_URL", "postgresql+psycopg://nobody:hidden-word@127.0.0.1:1/none")
    monkeypatch.setattr(bench, "measure", lambda databases, *_: _empty(databases))
    bench.run(tmp_path, 1.0, Console(file=io.StringIO()))
    found = json.loads((tmp_path / "bench.json").read_text())
    assert "CREATEDB" in found["webhook"]["PostgreSQL"]["unavailable"]
    assert "hidden-word" not in (tmp_path / "bench.md").read_text() + json.dumps(found)
    assert found["databases"] == ["SQLite"]


def _empty(databases: dict[str, str]) -> dict[str, Any]:
    return {
        "at": "", "commit": "", "machine": bench.machine.describe(), "load_at_end": 0.0, "webhook": {},
        "pipeline": {}, "findings": {"unavailable": ""}, "memory": [], "databases": list(databases),
    }  # fmt: skip


@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_postgresql_is_measured_in_a_database_of_its_own_that_is_dropped(postgres_url: str) -> None:
    from sqlalchemy import create_engine, text

    from worker.bench import webhook
    from worker.bench.postgres import throwaway

    with throwaway(postgres_url) as url:
        assert url != postgres_url
        found, _ = webhook.measure(url, 0.35, lambda _: None)
    assert found["accept_to_bare"]["a"]["count"] > 0
    assert found["bare_connections"] == found["connections"]
    server = create_engine(postgres_url)
    with server.connect() as connection:
        left = connection.execute(text("select count(*) from pg_database where datname like 'ngozi_bench_%'"))
        assert left.scalar_one() == 0
    server.dispose()


@pytest.mark.timeout(600)
def test_the_consoles_pages_are_measured_each_as_every_role_that_may_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NGOZI_DATABASE_URL", raising=False)
    monkeypatch.setattr(pages, "ROUNDS", 2)
    bench.run_pages(tmp_path, 10, Console(file=io.StringIO()))
    found = json.loads((tmp_path / "pages.json").read_text())
    rows = found["pages"]["SQLite"]
    assert (found["cases"], found["rounds"]) == (10, 2)
    by_role = {(row["route"], row["role"]) for row in rows}
    assert len(by_role) == len(rows)
    assert {
        ("/cases", "clinician"),
        ("/own-cases", "chw"),
        ("/audit", "admin"),
        ("/plots", "supervisor"),
    } <= by_role
    assert ("/cases", "admin") not in by_role
    assert all(row["cpu_p50_ms"] > 0 and 0 < row["p50_ms"] <= row["p95_ms"] for row in rows)
    assert all(row["status"] in (200, 303, 404) and row["statements"] > 0 for row in rows)
    text = (tmp_path / "pages.md").read_text()
    for route in {row["route"] for row in rows}:
        assert text.count(f"| `{route}` |") == 1


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NgoziError, match="--out is"):
        bench.run(tmp_path / "file" / "x", 1.0, Console(file=io.StringIO()))
