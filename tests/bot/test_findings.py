"""Findings are kept in one form, and what was kept in earlier ones can be read."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import from_json, new_state, to_json
from bot.findings import findings_from_json, findings_to_json
from bot.messages import Condition, Findings, Urgency

names = st.text("ABCDEFGHIJ", min_size=1, max_size=6)
findings = st.builds(
    Findings,
    conditions=st.lists(st.builds(Condition, names, st.sampled_from(["likely", "possible"])), max_size=3).map(tuple),
    urgency=st.sampled_from(list(Urgency)),
    abstained=st.booleans(),
    reason=st.sampled_from(["", "unsure", "out_of_scope"]),
    unproven_skin=st.booleans(),
    model=names,
    reasons=st.lists(st.sampled_from(["because.itch_night", "because.webs"]), max_size=2).map(tuple),
    basis=st.sampled_from(["", "model", "rules"]),
)  # fmt: skip


@given(findings)
def test_findings_come_back_from_a_row_and_from_a_state(found: Findings) -> None:
    assert findings_from_json(json.loads(json.dumps(findings_to_json(found)))) == found
    state = replace(new_state(), findings=found)
    assert from_json(to_json(state)) == state


def test_rows_and_states_of_the_first_days_are_read() -> None:
    expected = Findings((Condition("BCC", "likely"),), Urgency.WEEK, False, "", True, "m")
    rest = {"urgency": "week", "abstained": False, "reason": "", "unproven_skin": True, "model": "m"}
    assert findings_from_json({"conditions": [["BCC", "likely"]], **rest}) == expected
    older = {"conditions": [{"code": "BCC", "certainty": "likely"}], "details": {}, "newer": 1, **rest}
    assert (expected.reasons, expected.basis) == ((), "")
    stored = json.loads(to_json(new_state())) | {"findings": older}
    assert from_json(json.dumps(stored)).findings == expected
