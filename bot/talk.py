"""What is wanted of the language model about a case, and what it said: rows of `talk_jobs`.

A row is done when the model has answered, parked when it could not, or not within DEADLINE_S: then its text is '' and the chat
says a sentence of the catalogue. Whoever waits in a chat never waits for the model alone: the turn itself ends what is overdue.

Questions, texts and the photograph's soft tokens are sealed, each bound to its row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from bot.clock import db_now
from bot.database import insert_for
from bot.sealing import Sealer, SealError, sealed_with
from bot.tables import FindingsJob, Photo, TalkJob

__all__ = [
    "DEADLINE_S",
    "Kind",
    "Talked",
    "done",
    "drop",
    "expire",
    "forget_photos",
    "free",
    "not_told",
    "open_question",
    "open_result",
    "open_soft",
    "overdue",
    "reseal",
    "seal_result",
    "seal_soft",
    "told",
    "wait_s",
    "want_answer",
    "want_description",
]

# Longer than this nobody waits for a sentence.
DEADLINE_S = 30.0

Kind = Literal["describe", "answer"]


@dataclass(frozen=True, slots=True)
class Talked:
    """An answered (or failed) row that the chat has not told yet. text: '' where there is none.

    case_id: the worker's case that it is about; None of the chat's own.
    """

    id: int
    case_version: int
    kind: Kind
    text: str
    features: tuple[str, ...]
    question: str
    case_id: int | None = None


def seal_soft(sealer: Sealer, findings_job_id: int, soft: bytes) -> bytes:
    """The photograph's soft tokens as they are kept in `findings_jobs.soft`."""
    return sealer.seal(soft, purpose="soft tokens", name=str(findings_job_id))


def open_soft(sealer: Sealer, findings_job_id: int, blob: bytes) -> bytes:
    """The inverse of `seal_soft`. Raises SealError."""
    return sealer.open(blob, purpose="soft tokens", name=str(findings_job_id))


def seal_result(sealer: Sealer, job_id: int, text: str, features: Sequence[str]) -> bytes:
    """What the model said, as it is kept in `talk_jobs.result`."""
    said = json.dumps({"text": text, "features": list(features)}, ensure_ascii=False)
    return sealer.seal(said.encode(), purpose="talk result", name=str(job_id))


def open_result(sealer: Sealer, job_id: int, blob: bytes | None) -> tuple[str, tuple[str, ...]]:
    """Text and features; '' and none where nothing was said. Raises SealError."""
    if blob is None:
        return "", ()
    said = json.loads(sealer.open(blob, purpose="talk result", name=str(job_id)))
    return str(said["text"]), tuple(str(f) for f in said["features"])


def open_question(sealer: Sealer, job_id: int, blob: bytes | None) -> str:
    """The person's question; '' of a description. Raises SealError."""
    return "" if blob is None else sealer.open(blob, purpose="talk question", name=str(job_id)).decode()


def want_description(
    connection: Connection, chat_id: int, findings_job_id: int, case_version: int, case_id: int | None = None
) -> int:
    """The id of a new row: the photograph of these findings is to be described."""
    return _insert(connection, chat_id, findings_job_id, case_version, "describe", case_id)


def want_answer(
    connection: Connection,
    sealer: Sealer,
    chat_id: int,
    case_version: int,
    question: str,
    case_id: int | None = None,
) -> int | None:
    """The id of a new row: the question is to be answered. None where no language model has seen the case.

    Then the row is parked at once, and the chat's next unit is its failure: whoever asked is told something in this very turn.
    """
    findings_job_id = connection.execute(
        select(FindingsJob.id)
        .where(
            FindingsJob.chat_id == chat_id,
            FindingsJob.case_id.is_not_distinct_from(case_id),
            FindingsJob.case_version == case_version,
            FindingsJob.state == "done",
            FindingsJob.soft.is_not(None),
        )
        .order_by(FindingsJob.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    job_id = _insert(connection, chat_id, findings_job_id, case_version, "answer", case_id)
    values: dict[str, Any] = {
        "question": sealer.seal(question.encode(), purpose="talk question", name=str(job_id))
    }
    if findings_job_id is None:
        values["state"] = "parked"
    connection.execute(update(TalkJob).where(TalkJob.id == job_id).values(values))
    return None if findings_job_id is None else job_id


def _insert(
    connection: Connection,
    chat_id: int,
    findings_job_id: int | None,
    case_version: int,
    kind: Kind,
    case_id: int | None,
) -> int:
    return int(
        connection.execute(
            insert_for(connection)(TalkJob)
            .values(
                chat_id=chat_id,
                findings_job_id=findings_job_id,
                case_version=case_version,
                kind=kind,
                state="wanted",
                attempts=0,
                alone=False,
                applied=False,
                created_at=db_now(),
                case_id=case_id,
            )
            .returning(TalkJob.id)
        ).scalar_one()
    )


def done(connection: Connection, sealer: Sealer, chat_id: int, *, own: bool = False) -> list[Talked]:
    """What the chat is to be told, in the order in which it was asked. What does not open counts as failed.

    own: of the chat's own conversation alone, and of no case that a health worker had there.
    """
    rows = connection.execute(
        select(TalkJob)
        .where(
            TalkJob.chat_id == chat_id,
            TalkJob.state.in_(("done", "parked")),
            TalkJob.applied.is_(False),
            *((TalkJob.case_id.is_(None),) if own else ()),
        )
        .order_by(TalkJob.id)
    ).all()
    return [_talked(sealer, row) for row in rows]


def _talked(sealer: Sealer, row: Any) -> Talked:
    text, features, question = "", cast(tuple[str, ...], ()), ""
    try:
        question = open_question(sealer, row.id, row.question)
        text, features = open_result(sealer, row.id, row.result)
    except SealError:  # its master key is gone: said like a failure
        text, features = "", ()
    return Talked(row.id, row.case_version, cast(Kind, row.kind), text, features, question, row.case_id)


def told(connection: Connection, job_id: int) -> None:
    """The chat's turn has used the row."""
    connection.execute(update(TalkJob).where(TalkJob.id == job_id).values(applied=True))


def not_told(connection: Connection, job_id: int) -> None:
    """The turn failed over the row: next time it comes as a failure, and if that cannot be told either, not again."""
    had = connection.execute(select(TalkJob.result).where(TalkJob.id == job_id)).scalar_one_or_none()
    connection.execute(
        update(TalkJob).where(TalkJob.id == job_id).values(state="parked", result=None, applied=had is None)
    )


def expire(connection: Connection, chat_id: int) -> None:
    """Ends what the chat has waited for long enough; an answer that comes later is dropped with its lease."""
    connection.execute(
        update(TalkJob)
        .where(TalkJob.chat_id == chat_id, TalkJob.state == "wanted", ~_in_time())
        .values(state="parked", token=None, until=None)
    )


def wait_s(connection: Connection, chat_id: int) -> float | None:
    """How long until `expire` has something to do; None where nothing is wanted."""
    first = select(func.min(TalkJob.created_at) + DEADLINE_S - db_now()).where(
        TalkJob.chat_id == chat_id, TalkJob.state == "wanted"
    )
    left = connection.execute(first).scalar_one()
    return None if left is None else max(0.0, float(left))


def free() -> tuple[ColumnElement[bool], ...]:
    """Rows that are wanted, in time, and that nobody works on."""
    return (
        TalkJob.state == "wanted",
        or_(TalkJob.until.is_(None), TalkJob.until < db_now()),
        _in_time(),
    )


def overdue(connection: Connection, limit: int) -> list[int]:
    """Rows that nobody works on."""
    return list(
        connection.execute(select(TalkJob.id).where(*free()).order_by(TalkJob.id).limit(limit)).scalars()
    )


def _in_time() -> ColumnElement[bool]:
    return TalkJob.created_at > db_now() - DEADLINE_S


def drop(connection: Connection, chat_id: int, but: int | None = None, case_id: int | None = None) -> None:
    """Forgets what was wanted and said, and the photographs' soft tokens; all but of version `but`.

    case_id: of this case of a worker; None: of the chat's own conversation. The others are left alone.
    """
    soft = [
        FindingsJob.chat_id == chat_id,
        FindingsJob.case_id.is_not_distinct_from(case_id),
        FindingsJob.soft.is_not(None),
    ]
    talk = [
        TalkJob.chat_id == chat_id,
        TalkJob.case_id.is_not_distinct_from(case_id),
        TalkJob.state != "dropped",
    ]
    if but is not None:
        soft.append(FindingsJob.case_version != but)
        talk.append(TalkJob.case_version != but)
    connection.execute(update(FindingsJob).where(*soft).values(soft=None))
    connection.execute(
        update(TalkJob)
        .where(*talk)
        .values(state="dropped", applied=True, token=None, until=None, question=None, result=None)
    )


def forget_photos(connection: Connection, photo_ids: Sequence[str]) -> None:
    """The soft tokens of photographs that are about to be erased go with them."""
    if not photo_ids:
        return
    gone = set(photo_ids)
    jobs = connection.execute(
        select(FindingsJob.id, FindingsJob.photo_ids).where(
            FindingsJob.soft.is_not(None),
            or_(
                FindingsJob.chat_id.in_(select(Photo.chat_id).where(Photo.id.in_(gone))),
                # A case that was handed over is another chat's than its photographs.
                FindingsJob.case_id.in_(select(Photo.case_id).where(Photo.id.in_(gone))),
            ),
        )
    ).all()
    ids = [job.id for job in jobs if gone.intersection(job.photo_ids)]
    if ids:
        connection.execute(update(FindingsJob).where(FindingsJob.id.in_(ids)).values(soft=None))


def reseal(connection: Connection, sealer: Sealer) -> int:
    """Seals with the newest master key what an older one sealed; how many values."""
    count = 0
    for column, purpose in (
        (FindingsJob.soft, "soft tokens"),
        (TalkJob.question, "talk question"),
        (TalkJob.result, "talk result"),
    ):
        for row_id, blob in _blobs(connection, column):
            if sealed_with(blob) == sealer.key_id:
                continue
            plain = sealer.open(blob, purpose=purpose, name=str(row_id))
            fresh = sealer.seal(plain, purpose=purpose, name=str(row_id))
            # Where somebody wrote the value meanwhile, theirs is newer.
            connection.execute(
                update(column.class_)
                .where(column.class_.id == row_id, column == blob)
                .values({column: fresh})
            )
            count += 1
    return count


def _blobs(connection: Connection, column: Any, batch: int = 200) -> Iterator[tuple[int, bytes]]:
    """Ids and values of a column, a batch at a time."""
    last = 0
    while rows := connection.execute(
        select(column.class_.id, column)
        .where(column.is_not(None), column.class_.id > last)
        .order_by(column.class_.id)
        .limit(batch)
    ).all():
        for row in rows:
            yield row[0], row[1]
        last = rows[-1][0]
