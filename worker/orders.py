"""Does what the console ordered: erasing a chat or a case as DELETE does, a backup, a training set. Called by the sweep."""

from __future__ import annotations

import logging
import shutil

from bot import orders
from bot.cases import links, taught
from bot.cases.taught import Found
from bot.database import reading, transaction
from bot.orders import Ordered
from bot.queue import Wakes
from worker import backup, case_erasing, erasing, linking, training_set
from worker.parts import Parts

__all__ = ["AT_ONCE", "run"]

log = logging.getLogger(__name__)

AT_ONCE = 20


def run(parts: Parts) -> int:
    """How many orders were done, or given up."""
    training_set.forget_old(parts.settings)
    training_set.forget_taken_back(parts.engine, parts.settings)
    for count in range(AT_ONCE):
        with transaction(parts.engine) as connection:
            order = orders.take(connection)
        if order is None:
            return count
        if order.kind == "backup":
            _back_up(parts, order)
        elif order.kind == "training_set":
            _export(parts, order)
        else:
            _erase(parts, order)
        log.info("order_done", extra={"order_id": order.id, "kind": order.kind})
    return AT_ONCE


def _erase(parts: Parts, order: Ordered) -> None:
    """In one transaction with the end of the order: it is done, or still wanted. Whoever had the case is told with it.

    Where the number is another's by now, nothing is erased: what was meant is gone.
    """
    number = int(order.subject)
    woken: Wakes = []
    with transaction(parts.engine) as connection:
        if not orders.there(connection, order):
            there = False
        elif order.kind == "erase_chat":
            there = erasing.erase_chat(connection, number, parts.settings, woken)
        else:
            one = links.of_case(connection, number)
            case_erasing.erase_case(connection, number, parts.settings)
            there = one is not None
            if one is not None:
                woken += linking.erased_by_clinic(connection, one)
        orders.finish(connection, order, "done", {} if there else {"found": "gone"})
    for task, chat_id in woken:
        parts.wake(task, chat_id)
    # Sets that rest on a consent that went just now lie unencrypted: they go with it.
    training_set.forget_taken_back(parts.engine, parts.settings)


def _back_up(parts: Parts, order: Ordered) -> None:
    try:
        made = backup.make(parts.settings)
    except backup.BackupFailed as error:
        log.warning("backup_failed", extra={"reason": error.reason})
        with transaction(parts.engine) as connection:
            orders.finish(connection, order, "failed", {"reason": error.reason})
        return
    with transaction(parts.engine) as connection:
        orders.finish(connection, order, "done", {"name": made.name, "size_bytes": made.size_bytes})


def _export(parts: Parts, order: Ordered) -> None:
    folder = training_set.shelf(parts.settings) / f"training-{order.id}"
    # Of a worker that died between the set and the end of the order.
    shutil.rmtree(folder, ignore_errors=True)

    def look() -> Found:
        with reading(parts.engine) as connection:
            return taught.found(connection)

    try:
        made = training_set.write(folder, look, parts.vault)
    except training_set.SetFailed as error:
        log.warning("training_set_failed", extra={"reason": error.reason})
        with transaction(parts.engine) as connection:
            orders.finish(connection, order, "failed", {"reason": error.reason})
        return
    details = {
        "name": folder.name if made.photographs else "",
        "photographs": made.photographs,
        "patients": made.patients,
        "left_out": dict(made.left_out),
        "consents": list(made.consents),
    }
    with transaction(parts.engine) as connection:
        training_set.record(connection, made, order.by, order.id)
        orders.finish(connection, order, "done", details)
