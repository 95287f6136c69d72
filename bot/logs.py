"""Logging: one JSON line an event, a static name and identifiers as fields.

What never appears: texts, names, numbers, chat addresses, tokens, pictures, URLs with secrets. Library loggers that
print URLs (httpx with the bot token in the path, twilio with numbers) are closed below WARNING, and every line
passes a last filter that blanks whatever looks like one of our secrets.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterable

__all__ = ["set_up"]

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
# These print request URLs, bodies or task arguments at INFO and DEBUG.
_LOUD = (
    "httpx",
    "httpcore",
    "telegram",
    "twilio",
    "twilio.http_client",
    "urllib3",
    "asyncio",
    "celery",
    "kombu",
    "amqp",
    "PIL",
    "uvicorn.access",
    "multipart",
    "python_multipart",
    "sqlalchemy",
    "alembic",
    "fsspec",
    "s3fs",
    "botocore",
)


class _Line(logging.Formatter):
    """The record as one JSON object; an exception is its type and place, never its text (it may quote a person)."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted({s for s in secrets if len(s) >= 6}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        ours = not record.name.startswith(_LOUD)
        line: dict[str, object] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            # A library's arguments may hold an address or a text: its template alone is kept.
            "event": record.getMessage() if ours else str(record.msg)[:200],
        }
        line.update({k: v for k, v in record.__dict__.items() if k not in _STANDARD and _plain(v)})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        text = json.dumps(line, ensure_ascii=False, default=str)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _where(record: logging.LogRecord) -> str:
    """file:line of the innermost frames; enough to find the place, nothing of the data."""
    trace = record.exc_info[2] if record.exc_info else None
    places: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(
            f"{code.co_filename.rsplit('/', 2)[-2]}/{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        )
        trace = trace.tb_next
    return " > ".join(places[-6:])


def set_up(level: str, secrets: Iterable[str] = ()) -> None:
    """Sends every log line of this process to standard error in our form. level: 'debug' ... 'error'."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger(name).propagate = True
    # It says of the in-memory transport, at every start, that it has no host name.
    logging.getLogger("kombu.connection").setLevel(logging.ERROR)
    logging.captureWarnings(True)
