"""Everything that the console changes is in the trail: who, what, before and after, and nothing that anybody wrote."""

from __future__ import annotations

import logging
import re

import pytest
from sqlalchemy import select

import locales
from bot import audit, logs
from bot.database import reading
from bot.tables import Audit
from bot.web.console.trail_words import UNSHOWN
from tests.conftest import KEYS
from tests.console.every_form import FORMS, FREE, MARK, NO_ROW
from tests.console.world import World


def test_every_form_of_the_console_is_walked(world: World) -> None:
    routes = {entry.path for entry in world.console.entries if entry.method == "POST"}
    assert set(FORMS) == routes, "a new form needs its entry in tests/console/every_form.py"
    assert {path for path, form in FORMS.items() if not form.rows} == set(NO_ROW)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_leaves_its_rows_with_who_before_and_after_and_nothing_of_what_was_written(
    packs_world: World, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    form = FORMS[path]
    sent = form.ready(packs_world)
    # Or the walk would find no leak: where nothing is written, nothing is looked for.
    assert (MARK in repr(sent.fields) + repr(sent.files)) == (path in FREE)
    with reading(packs_world.engine) as connection:
        last = audit.head(connection).seq
    caplog.set_level(logging.DEBUG, logger="bot")
    more = {} if sent.files is None else {"files": sent.files}
    answer = sent.browser.post(sent.path, sent.fields, form=sent.page, **more)  # type: ignore[arg-type]
    said = re.findall(r'role="alert"[^>]*>([^<]*)', answer.text)  # type: ignore[attr-defined]
    assert answer.status_code == form.status, said  # type: ignore[attr-defined]
    with reading(packs_world.engine) as connection:
        rows = connection.execute(select(Audit).where(Audit.seq > last).order_by(Audit.seq)).all()
        assert audit.verify(connection, KEYS) is None
        whole = [tuple(row) for row in connection.execute(select(Audit)).all()]
    assert [row.what for row in rows] == [what for what, _ in form.rows]
    for row, (what, kind) in zip(rows, form.rows, strict=True):
        assert row.by_person == (sent.by or sent.browser.person_id), what
        assert row.subject, what
        if kind == "changes":
            assert row.before is not None, what
            assert row.after is not None, what
            assert row.before != row.after, what
        elif kind == "makes":
            assert (row.before, bool(row.after)) == (None, True), what
        for key in {*(row.before or {}), *(row.after or {}), *row.details} - UNSHOWN:
            assert f"console.trail.key_{key}" in locales.library().template, (what, key)
    assert MARK not in repr(whole), "the trail holds ids and hashes"
    form_of = logs._Line(())
    told = "\n".join(f"{form_of.format(record)} {record.getMessage()}" for record in caplog.records)
    assert MARK not in told, "and so do the logs"
