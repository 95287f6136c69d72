"""Who writes rows that a message's way hangs on: "sent once, in order" can only be reasoned about where all writers are known."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.test_maps import modules, tree

WRITERS = {
    "ReplyRow": {
        "bot.outbox": "queues, sends, ends",
        "bot.dead_letters": "sends once more what was given up, or lets it go",
        "bot.precedence": "moves what waits in line",
        "bot.receipts": "what the provider says of it afterwards",
        "bot.outbox_silence": "drops or keeps back what is in line at a STOP, and frees it when the person writes",
        "worker.linking": "drops what a patient is not told any more",
        "worker.unreached": "marks an answer that nobody got",
        "worker.case_erasing": "deletes those of an erased case",
        "worker.retention_rules": "deletes by age (and worker.chat_rows with a chat that goes)",
    },
    "InboundRow": {
        "bot.inbox": "receives, claims, finishes, parks",
        "worker.effects": "wipes those of an erased chat",
        "worker.erasing": "wipes those of a chat that is erased from outside",
        "worker.retention_rules": "deletes by age",
    },
}
# `deleted`: of worker.retention_acts.
VERBS = ("insert", "update", "delete", "deleted")


def written_in(module: ast.Module, table: str) -> Iterator[int]:
    """The lines where a statement is made that writes the table's rows, or a rule that deletes them by a column."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func
        if isinstance(called, ast.Call):  # insert_for(connection)(Row)
            called = called.func
        name = getattr(called, "id", getattr(called, "attr", ""))
        if name.removesuffix("_for") not in VERBS:
            continue
        match node.args[0]:
            case ast.Name(id=named) | ast.Attribute(value=ast.Name(id=named)) if named == table:
                yield node.lineno


@pytest.mark.parametrize("table", WRITERS)
def test_rows_are_written_by_those_who_are_named_alone(table: str) -> None:
    found = {
        name
        for name, path in modules().items()
        if name.split(".")[0] in ("bot", "worker") and any(written_in(tree(path), table))
    }
    assert found == set(WRITERS[table])


@pytest.mark.parametrize(
    "statement",
    [
        "update(ReplyRow).values(state='x')",
        "insert_for(connection)(ReplyRow)",
        "sa.delete(ReplyRow)",
        "deleted(ReplyRow.id)",
    ],
)
def test_every_way_of_writing_is_seen(statement: str) -> None:
    assert list(written_in(ast.parse(statement), "ReplyRow")) == [1]


def test_who_only_reads_is_no_writer() -> None:
    assert not list(written_in(ast.parse("select(ReplyRow).where(ReplyRow.id == 1)"), "ReplyRow"))
