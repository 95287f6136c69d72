"""How the service is doing: channels with a test message, what waits, engines and their model, backups."""

from __future__ import annotations

import re

from starlette.responses import Response

from bot import audit, orders, outbox
from bot.channels import Account, SendFailed, Webhook
from bot.console import operations
from bot.database import reading, transaction
from bot.messages import Reply, Text
from bot.people import reached_on
from bot.queue import DELIVER, SWEEP
from bot.web.console import look
from bot.web.console.frame import Console
from bot.web.console.visit import Visit

__all__ = ["add"]

# Sweeps that may be missed before it is said, as on the health page.
MISSED_SWEEPS = 4
# Labels of the table in model/MODEL_CARD.md.
_LABELS = {
    "figure": "console.card.figure",
    "5 folds, photograph alone": "console.card.5_folds_photograph_alone",
    "5 folds, with answers": "console.card.5_folds_with_answers",
    "val, photograph alone": "console.card.val_photograph_alone",
    "val, with answers": "console.card.val_with_answers",
    "balanced accuracy": "console.card.balanced_accuracy",
    "AUC, any cancer": "console.card.auc_any_cancer",
    "specificity at 95 % sensitivity": "console.card.specificity_at_95_sensitivity",
    "ECE of the named condition": "console.card.ece_of_the_named_condition",
    "right one among the first two": "console.card.right_one_among_the_first_two",
    "accuracy": "console.card.accuracy",
}
# A figure of the model's card with its interval, as the card writes it.
_INTERVAL = re.compile(r"([\d.]+) \(([\d.]+) to ([\d.]+)\)")


def add(console: Console) -> None:
    """Registers the pages."""
    console.get(
        "/operations",
        "see_health",
        show,
        nav="console.nav.operations",
        about="console.about.operations",
    )
    console.post("/operations/channel/{channel}/{account}/test", "manage_channels", test_message)
    console.post("/operations/channel/{channel}/{account}/ask", "manage_channels", ask_provider)
    console.post("/operations/backup", "manage_operations", back_up)


def show(visit: Visit) -> Response:
    """Everything on one page, from the database alone: no provider is asked."""
    return _page(visit)


def test_message(visit: Visit) -> Response:
    """Sends a sentence to the administrator's own chat on that account, by the way that all replies go."""
    account = _account(visit)
    if account is None:
        return visit.problem(404)
    with transaction(visit.engine) as connection:
        chat_id = reached_on(connection, visit.me.person_id, account)
        if chat_id is not None:
            said = Text("console.channels.test_text")
            outbox.queue(connection, chat_id, 0, [Reply((said,), (), "test")], visit.language)
            audit.record(
                connection,
                "test_message",
                f"{account.channel}:{account.name}",
                by=visit.me.person_id,
                after={"chat": chat_id},
            )
    if chat_id is None:
        return _page(visit, visit.shown("console.channels.no_chat"))
    visit.console.wake(DELIVER, chat_id)
    return visit.go("/operations", said="test_sent")


def ask_provider(visit: Visit) -> Response:
    """Asks the platform whether it knows our token, and where it can tell, where it delivers."""
    account = _account(visit)
    if account is None:
        return visit.problem(404)
    channel = visit.console.channels[account]
    webhook: Webhook | None = None
    try:
        if callable(look := getattr(channel, "webhook", None)):
            webhook = look()
        elif callable(probe := getattr(channel, "probe", None)):
            probe()
        else:
            return _page(visit, visit.shown("console.channels.nobody_to_ask"))
    except SendFailed as error:
        return _page(visit, visit.shown("console.channels.refused", code=error.code or error.kind))
    ours = f"{visit.console.settings.public_url}/webhooks/{account.channel}/{account.name}"
    return visit.page("channel.html", account=account, webhook=webhook, ours=ours)


def back_up(visit: Visit) -> Response:
    """Orders a backup of the database; the worker makes it with its next sweep."""
    with transaction(visit.engine) as connection:
        orders.ask(connection, "backup", "", visit.me.person_id)
    visit.console.wake(SWEEP, 0)
    return visit.go("/operations", said="ordered")


def _account(visit: Visit) -> Account | None:
    account = Account(visit.path("channel"), visit.path("account"))
    return account if account in visit.console.channels else None


def _page(visit: Visit, problem: str = "") -> Response:
    settings = visit.console.settings
    accounts = sorted(visit.console.channels, key=lambda a: (a.channel, a.name))
    with reading(visit.engine) as connection:
        states = operations.channels(connection, accounts)
        lines = operations.lines(connection)
        engines = operations.engines(connection)
        swept = operations.swept_s_ago(connection)
        letters = operations.count_letters(connection)
        backups = orders.latest(connection, ("backup",), 3)
        last_backup = orders.last_done(connection, "backup")
    late = swept is None or swept > settings.sweep_s * MISSED_SWEEPS + 5
    return visit.page(
        "operations.html",
        400 if problem else 200,
        problem=problem,
        states=states,
        lines=lines,
        untold=any(line.kind == "alerts" and line.count for line in lines),
        engines=engines,
        swept=swept,
        late=late,
        letters=sum(letters.values()),
        backups=backups,
        last_backup=last_backup,
        percent=lambda share: look.percent(share, visit.language),
        cell=lambda text: _cell(visit, text),
    )


def _cell(visit: Visit, text: str) -> str:
    """A cell of the model's card in the language of the page; as the card has it where it is none of the known labels."""
    if found := _INTERVAL.fullmatch(text):
        value, low, high = found.groups()
        return visit.t("console.card.interval", value=value, low=low, high=high)
    return visit.t(_LABELS[text]) if text in _LABELS else text
