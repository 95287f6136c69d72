"""Measures which questions the shipped model plans, for the simulator's stand-in: python -m tests.simulator.measure --data DIR

Of each photograph of PAD-UFES-20 that the shipped model was not trained on (split val), with the age group and the place as the
chat asks them and no symptom, the plan is made by the code of the service (Diagnoser.plans, worker.findings.judge), for a person
whom nothing sends to a health worker yet: others are not asked about a spot. The plans stand in plans.json, one a photograph, under
its label. One or two seconds a photograph.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from PIL import Image

from bot.clinical import conditions
from bot.conversation.questions import AGE_YEARS, SITE_REGION
from bot.messages import Urgency
from bot.plans import plan_to_json
from model.analysis import CatalogueEntry
from model.data import rows as table_rows
from model.diagnose import Diagnoser
from tests.simulator.labels import row_of
from tests.simulator.truths import age_group
from tests.simulator.worlds import PLANS
from worker.findings import as_plan, judge


def measured(folder: Path, diagnoser: Diagnoser) -> dict[str, list[Any]]:
    """Label -> a plan for each photograph, as in bot/plans.py."""
    known = conditions.catalogue()
    catalogue = {
        code: CatalogueEntry(code, entry.urgency.value, entry.cancer) for code, entry in known.items()
    }
    cancers = frozenset(code for code, entry in known.items() if entry.cancer)
    found: dict[str, list[Any]] = {}
    for row in table_rows(folder / "pad_ufes_20" / "labels.csv", ("file", "label", "split")):
        if row["split"] != "val":
            continue
        told = row_of(row)
        answers = {"age": AGE_YEARS[age_group(told.age)], "site": SITE_REGION[told.site]}
        with Image.open(folder / "pad_ufes_20" / row["file"]) as image:
            case = ([image.convert("RGB")], answers)
        first = diagnoser.plans([case], catalogue, [judge(Urgency.ROUTINE, cancers, answers)])[0]
        found.setdefault(row["label"], []).append(plan_to_json(as_plan(first))["first"])
    return found


def main() -> None:
    """Writes plans.json."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulator.measure", description=__doc__)
    asked.add_argument("--data", type=Path, required=True)
    found = measured(asked.parse_args().data, Diagnoser.load())
    PLANS.write_text(json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
