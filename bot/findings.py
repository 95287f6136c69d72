"""Findings as they are kept, in a row of their own and in the state of a chat: their one JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from bot.messages import Condition, Findings, Urgency

__all__ = ["findings_from_json", "findings_to_json"]


def findings_to_json(findings: Findings) -> dict[str, Any]:
    """Plain JSON; `findings_from_json` gives equal findings back."""
    return {
        "conditions": [[c.code, c.certainty] for c in findings.conditions],
        "urgency": findings.urgency.value,
        "abstained": findings.abstained,
        "reason": findings.reason,
        "unproven_skin": findings.unproven_skin,
        "model": findings.model,
        "details": dict(findings.details),
        "reasons": list(findings.reasons),
        "basis": findings.basis,
    }


def findings_from_json(data: Mapping[str, Any]) -> Findings:
    """The inverse of `findings_to_json`.

    States written before 2026-11-24 hold conditions as objects, those before 2026-11-26 no reasons and no basis; fields of a
    newer version are left out. Raises KeyError, TypeError or ValueError where it cannot be read.
    """
    return Findings(
        conditions=tuple(_condition(c) for c in data["conditions"]),
        urgency=Urgency(data["urgency"]),
        abstained=data.get("abstained", False),
        reason=data.get("reason", ""),
        unproven_skin=data.get("unproven_skin", False),
        model=data.get("model", ""),
        details=data.get("details", {}),
        reasons=tuple(str(r) for r in data.get("reasons", ())),
        basis=data.get("basis", ""),
    )


def _condition(read: Any) -> Condition:
    code, certainty = (read["code"], read["certainty"]) if isinstance(read, Mapping) else read
    return Condition(str(code), cast(Literal["likely", "possible"], certainty))
