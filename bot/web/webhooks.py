"""Webhook calls: verify -> keep -> wake a worker -> 200. Nothing else happens while the platform waits.

If the row cannot be written, Telegram is told to come again (503, Retry-After: it does, for 24 hours); Twilio does not
come again, so its call goes to the spool and is answered 200.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import inbox, receipts
from bot.channels import Account, Channel, Forged, HttpRequest, RawUpdate, Received
from bot.database import RECORDS_FAULTS, is_records_fault, transaction
from bot.errors import RecordRefused, SpoolError
from bot.queue import TURN, Wake
from bot.spool import Spool, Spooled

__all__ = ["Intake", "routes"]

log = logging.getLogger(__name__)

# The largest honest webhook is a few kilobytes; a form with ten media links is below 20.
LARGEST_BODY = 1 << 20
RETRY_AFTER_S = 5


@dataclass(frozen=True)
class Intake:
    """Keeps updates durably: in the database, or in the spool while it refuses."""

    engine: Engine
    wake: Wake
    spool: Spool

    def keep(self, account: Account, received: Received, *, may_spool: bool) -> bool:
        """True once everything of the call is durable. Raises nothing for the database's sake."""
        behind = may_spool and any(self.spool.holds(account, u.address) for u in received.updates)
        if not behind:
            try:
                for chat_id in self._write(account, received):
                    self.wake(TURN, chat_id)
                return True
            except (SQLAlchemyError, *RECORDS_FAULTS) as error:
                log.warning(
                    "inbox_refused",
                    extra={
                        "channel": account.channel,
                        "account": account.name,
                        "error": type(error).__name__,
                    },
                )
                if not may_spool and is_records_fault(error):
                    # Telegram would send it again for a day, and nothing else of this bot meanwhile.
                    return self._set_aside(account, received, type(error).__name__)
        return may_spool and self._spool(account, received)

    def accept(self, account: Account, update: RawUpdate) -> bool:
        """Keeps one update (web chat); False where it is known already. Raises SQLAlchemyError where it was not kept."""
        woken = inbox.receive(self.engine, account, (update,))
        for chat_id in woken:
            self.wake(TURN, chat_id)
        return bool(woken)

    def _write(self, account: Account, received: Received) -> list[int]:
        if received.statuses:
            with transaction(self.engine) as connection:
                for status in received.statuses:
                    receipts.keep(connection, status, account)
        return inbox.receive(self.engine, account, received.updates) if received.updates else []

    def _set_aside(self, account: Account, received: Received, code: str) -> bool:
        try:
            for update in received.updates:
                self.spool.aside.put(Spooled(account, time.time(), update=update), code)
        except OSError as error:
            log.error("spool_refused", extra={"channel": account.channel, "error": type(error).__name__})
            return False
        return True

    def _spool(self, account: Account, received: Received) -> bool:
        at = time.time()
        try:
            for update in received.updates:
                self.spool.append(Spooled(account, at, update=update))
            for status in received.statuses:
                self.spool.append(Spooled(account, at, status=status))
        except SpoolError as error:
            log.error("spool_refused", extra={"channel": account.channel, "error": type(error).__name__})
            return False
        return True

    def drain(self) -> int:
        """Moves what waits in the spool to the database; how many rows."""

        def deliver(item: Spooled) -> None:
            try:
                for chat_id in self._late(item):
                    self.wake(TURN, chat_id)
            except (SQLAlchemyError, *RECORDS_FAULTS) as error:
                if is_records_fault(error):
                    raise RecordRefused(type(error).__name__) from None
                raise

        return self.spool.drain(deliver)

    def _late(self, item: Spooled) -> list[int]:
        if item.status is not None:
            with transaction(self.engine) as connection:
                receipts.keep(connection, item.status, item.account)
        if item.update is None:
            return []
        return inbox.receive(self.engine, item.account, (item.update,), received_at=item.at)


# Telegram comes again for 24 hours; Twilio does not.
_COMES_AGAIN = {"telegram": True, "whatsapp": False}


def routes(channels: Mapping[Account, Channel], intake: Intake) -> list[Route]:
    """POST /webhooks/{channel}/{account}[/status] for every configured account."""

    async def webhook(request: Request) -> Response:
        account = Account(request.path_params["channel"], request.path_params["account"])
        channel = channels.get(account)
        if channel is None or account.channel not in _COMES_AGAIN:
            return PlainTextResponse("no such account\n", status_code=404)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return PlainTextResponse("", status_code=400)
        if body is None:
            return PlainTextResponse(f"the body is larger than {LARGEST_BODY} bytes\n", status_code=413)
        call = HttpRequest(
            method=request.method,
            path=request.url.path,
            query=request.scope.get("query_string", b"").decode("latin-1"),
            headers={k.lower(): v for k, v in request.headers.items()},
            body=body,
        )
        try:
            received = channel.receive(call)
        except Forged:
            log.warning("webhook_forged", extra={"channel": account.channel, "account": account.name})
            return PlainTextResponse("forbidden\n", status_code=403)
        comes_again = _COMES_AGAIN[account.channel]
        kept = await run_in_threadpool(intake.keep, account, received, may_spool=not comes_again)
        if not kept:
            return PlainTextResponse(
                "try again\n", status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)}
            )
        return Response(received.answer, media_type=received.content_type)

    path = "/webhooks/{channel}/{account}"
    return [Route(path, webhook, methods=["POST"]), Route(path + "/status", webhook, methods=["POST"])]


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is too large (nothing beyond the limit is held)."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
