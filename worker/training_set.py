"""A training set of cases whose patients agreed, in layouts that `ngozi model train` reads (model.data, model.teaching_data).

    six/     labels.csv as of PAD-UFES-20 beside images/: the conditions that the model knows, with the answers that it reads
    others/  labels.csv with file, label, patient and split beside images/: every other condition, by its English name
    about.json   how many, and what was left out for which reason

Nothing leads back from it: names of files and patients are drawn anew for each set, rows stand in the order of drawn names,
photographs are encoded anew from their pixels, and no text, number, code, place of living or date is in it. A face in a
photograph may be: the patient was told.
"""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, Engine

import locales
from bot import audit, orders
from bot.cases import teaching
from bot.cases.taught import Found, Taught
from bot.clinical import conditions, symptoms
from bot.conversation.questions import AGE_YEARS, SITE_REGION
from bot.database import reading, transaction
from bot.durations import DAY_S
from bot.media import intake
from bot.media.vault import Vault, VaultError, VaultUnavailable
from bot.settings import Settings

__all__ = ["KEPT_DAYS", "Made", "SetFailed", "forget_old", "forget_taken_back", "record", "shelf", "write"]

log = logging.getLogger(__name__)

# What the console ordered lies unencrypted on the worker's disk: it goes by itself.
KEPT_DAYS = 7
SIX, OTHERS = "six", "others"
_SIX = ("file", "label", "patient_id", "lesion_id", "split", "age", "region", "fitzpatrick")
_OTHERS = ("file", "label", "patient", "split")
_NAME = re.compile(r"training-\d{1,12}(\.part)?")


class SetFailed(Exception):
    """No set was made. reason: 'disk' or 'storage'."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Made:
    """A set. sides: photographs by side. left_out: cases by reason. sha256: of all files with their names; '' of an empty set.

    consents: those that it rests on, by number and time.
    """

    photographs: int = 0
    cases: int = 0
    patients: int = 0
    sides: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    sha256: str = ""
    consents: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class _Row:
    case: Taught
    file: str
    part: str
    photo: str
    """Its name in the vault."""


def shelf(settings: Settings) -> Path:
    """Where sets that the console ordered lie."""
    return settings.home / "training"


def write(folder: Path, look: Callable[[], Found], vault: Vault) -> Made:
    """Writes a set into a new folder; none is made where no case may be used. look: `bot.cases.taught.found`, now.

    It is looked at again once all is written: what was withdrawn or erased meanwhile is taken out. Raises SetFailed, and leaves
    nothing then.
    """
    part = folder.with_name(f"{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        first = look()
        rows, unreadable = _photographs(part, first, vault)
        last = look()
        still = {one.case_id: one for one in last.cases}
        for row in [row for row in rows if not _holds(row, still.get(row.case.case_id))]:
            (part / row.part / row.file).unlink()
            rows.remove(row)
        left = Counter({str(reason): count for reason, count in last.left_out.items()})
        left.update({"unreadable": len(unreadable & still.keys())})
        made = _counted(rows, +left)
        if not rows:
            return made
        _tables(part, rows)
        (part / "about.json").write_text(json.dumps(_about(made, rows), indent=1) + "\n", "utf-8")
        for file in part.rglob("*"):
            file.chmod(0o700 if file.is_dir() else 0o600)
        sha256 = _sum(part)
        part.rename(folder)
    except OSError:
        raise SetFailed("disk") from None
    except VaultUnavailable:
        raise SetFailed("storage") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return replace(made, sha256=sha256)


def _holds(row: _Row, now: Taught | None) -> bool:
    """Whether what was written is still so: the case, what the clinicians say, its side, and the photograph itself."""
    if now is None or not any(one.name == row.photo for one in now.photos):
        return False
    return (now.condition, now.side) == (row.case.condition, row.case.side)


def record(connection: Connection, made: Made, by: int | None, order: int | None = None) -> None:
    """Notes in the audit trail that a set was made: counts and its hash."""
    audit.record(
        connection,
        "training_exported",
        order if order is not None else "command line",
        by=by,
        photographs=made.photographs,
        cases=made.cases,
        patients=made.patients,
        left_out=sum(made.left_out.values()),
        sha256=made.sha256,
    )


def forget_taken_back(engine: Engine, settings: Settings) -> None:
    """Deletes sets on the shelf that rest on a consent that was taken back, or whose patient was erased."""
    with reading(engine) as connection:
        gone = []
        for order in orders.kept_sets(connection):
            here = (shelf(settings) / str(order.details.get("name", ""))).is_dir()
            stands = teaching.all_stand(connection, order.details["consents"])
            if not here or not stands:
                gone.append((order, not stands))
    for order, taken_back in gone:
        name = str(order.details.get("name", ""))
        if _NAME.fullmatch(name):
            try:
                shutil.rmtree(shelf(settings) / name)
            except FileNotFoundError:
                pass
            except OSError as error:
                log.warning("training_set_stays", extra={"error": type(error).__name__})
                continue
        with transaction(engine) as connection:
            orders.let_go(connection, order, taken_back=taken_back)


def forget_old(settings: Settings) -> None:
    """Deletes sets that the console ordered more than KEPT_DAYS ago, and what a worker that died left half-written."""
    place = shelf(settings)
    if not place.is_dir():
        return
    for old in place.iterdir():
        try:
            if _NAME.fullmatch(old.name) and old.stat().st_mtime < time.time() - KEPT_DAYS * DAY_S:
                shutil.rmtree(old)
        except OSError as error:
            log.warning("training_set_stays", extra={"error": type(error).__name__})


def _photographs(part: Path, found: Found, vault: Vault) -> tuple[list[_Row], set[int]]:
    """The photographs, written; and the cases of which none could be opened."""
    six = conditions.catalogue()
    rows: list[_Row] = []
    unreadable: set[int] = set()
    for case in found.cases:
        of = SIX if case.condition in six else OTHERS
        images = part / of / "images"
        before = len(rows)
        for stored in case.photos:
            try:
                jpeg = intake.accept(vault.get(stored)).jpeg
            except VaultUnavailable:
                raise
            except (VaultError, intake.PhotoRefused):
                continue
            images.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = f"images/{secrets.token_hex(8)}.jpg"
            (part / of / file).write_bytes(jpeg)
            rows.append(_Row(case, file, of, stored.name))
        if len(rows) == before:
            unreadable.add(case.case_id)
    # By drawn names: an order in which cases came would say which are near in time.
    return sorted(rows, key=lambda row: row.file), unreadable


def _tables(part: Path, rows: list[_Row]) -> None:
    names: dict[str, str] = {}

    def drawn(mark: str, number: int) -> str:
        return names.setdefault(f"{mark}{number}", mark + secrets.token_hex(6))

    asked = tuple(symptoms.symptoms())
    for of, columns in ((SIX, (*_SIX, *asked)), (OTHERS, _OTHERS)):
        mine = [row for row in rows if row.part == of]
        if not mine:
            continue
        with (part / of / "labels.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
            table.writeheader()
            for row in mine:
                case, patient = row.case, drawn("p", row.case.patient)
                said = {"file": row.file, "split": case.side}
                if of == SIX:
                    said |= {"label": case.condition, "patient_id": patient}
                    said |= {"lesion_id": drawn("l", case.case_id), **_answers(case.answers)}
                else:
                    name = locales.shipped().render(conditions.entry(case.condition).name, "en")
                    said |= {"label": name, "patient": patient}
                table.writerow(said)


def _answers(told: Mapping[str, str]) -> dict[str, str]:
    """What was told, as model.answers reads it; what was not told or not known stays empty."""
    said = {
        "age": AGE_YEARS.get(told.get("age", ""), ""),
        "region": SITE_REGION.get(told.get("site", ""), ""),
        "fitzpatrick": skin if (skin := told.get("skin", "")) in ("1", "2", "3", "4", "5", "6") else "",
    }
    return said | {key: told[key] for key in symptoms.symptoms() if told.get(key) in ("yes", "no")}


def _counted(rows: list[_Row], left_out: Mapping[str, int]) -> Made:
    return Made(
        photographs=len(rows),
        cases=len({row.case.case_id for row in rows}),
        patients=len({row.case.patient for row in rows}),
        sides=dict(Counter(str(row.case.side) for row in rows)),
        left_out=dict(sorted(left_out.items())),
        consents=tuple(sorted({row.case.consent for row in rows})),
    )


def _about(made: Made, rows: list[_Row]) -> dict[str, object]:
    return {
        "photographs": made.photographs,
        "cases": made.cases,
        "patients": made.patients,
        "split": made.sides,
        "conditions": dict(sorted(Counter(row.case.condition for row in rows).items())),
        "cases_left_out": made.left_out,
    }


def _sum(part: Path) -> str:
    """One hash of all files and their names."""
    whole = hashlib.sha256()
    for file in sorted(p for p in part.rglob("*") if p.is_file()):
        whole.update(
            f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(part).as_posix()}\n".encode()
        )
    return whole.hexdigest()
