"""The fault harness in its short form, with the real processes: nothing is lost, doubled or swapped under kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import Scenario, run
from tests.servers import Missing

pytestmark = pytest.mark.timeout(420)

# Work of a dead process is taken over soon, and WhatsApp's pace (a message in 6 s) is met by shorter scripts.
QUICK = {"lease_s": 4.0, "sweep_s": 1.0, "whatsapp_steps": 5}


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario("kills", "production", 6, kills=8, **QUICK),
        # One process is all there is: on a slow machine every kill may meet the first message, which has five tries.
        Scenario("kills", "embedded", 5, kills=4, **QUICK),
        Scenario("duplicates", "embedded", 3, **QUICK),
    ],
    ids=lambda s: f"{s.kind}-{s.stack}",
)
def test_nothing_is_lost(scenario: Scenario, tmp_path: Path) -> None:
    try:
        counts = run(scenario, tmp_path)
    except Missing as missing:
        pytest.skip(str(missing))
    assert counts.good, counts
    assert counts.replies_once == counts.replies_expected > 0
    assert counts.photos > 0
    assert counts.kills == scenario.kills
