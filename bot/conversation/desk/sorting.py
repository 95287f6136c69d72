"""Items are put into cases; what could be two patients' is held until the worker has said whose it is."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import typed
from bot.conversation.desk import codes, crossing, keeping, somebody, waiting
from bot.conversation.desk.gather import Ask, Into, New, gather, origin_of
from bot.conversation.desk.sitting import Sitting
from bot.conversation.events import Said
from bot.messages import Inbound, Text

__all__ = ["not_whose", "sort"]


def sort(sitting: Sitting, items: tuple[Inbound, ...], event: Said) -> None:
    """Puts what came together into its cases: an album stays together, unless codes or origins part it.

    Whatever is unsure is held, and asked about once.
    """
    known = frozenset(sitting.cases)
    named = [replace(codes.written(item.text, known), rest="") for item in items]
    coded = {one for one in named if one.code or one.stops}
    only = next(iter(coded)) if len(coded) == 1 else codes.Written()
    groups: dict[tuple[codes.Written, str, bool], list[Inbound]] = {}
    for item, one in zip(items, named, strict=True):
        written = one if one in coded else only
        groups.setdefault((written, "" if written.names else origin_of(item), item.forwarded), []).append(
            item
        )
    typed_beside = tuple(i for i, one in zip(items, named, strict=True) if not i.forwarded and not one.code)
    for (written, origin, _), members in groups.items():
        if written.stops:
            waiting.hold(sitting, tuple(members), not_whose(written))
            continue
        code = written.names
        waits = bool(origin) and any(origin_of(h.item) == origin for h in sitting.desk.held)
        # Beside things of several cases: of which of them it is, nobody knows.
        waits = waits or len(coded) > 1
        # Two people may share one phone.
        waits = waits or _of_somebody_else(sitting, members)
        current = sitting.current()
        sure = current is not None and not sitting.in_doubt()
        place = (
            Into(code)
            if code
            else Ask(())
            if waits
            else gather(
                _telling(members),
                sitting.at,
                sitting.to_sort(),
                current=sitting.desk.current if sure or members[0].forwarded else "",
                question_open=current is not None and current.asks,
            )
        )
        match place:
            case Into(code=into) if not code and _may_be_another(sitting, into, members, typed_beside):
                waiting.hold(sitting, tuple(members))
            case Into(code=into):
                keeping.put(sitting, into, tuple(members), event)
            case New():
                keeping.put(sitting, sitting.begin(origin).code, tuple(members), event)
            case Ask():
                waiting.hold(sitting, tuple(members))
        if not code:
            crossing.noted(sitting, current)


def not_whose(named: codes.Written) -> Text:
    """Why nothing is put into the case that a text names."""
    if named.also:
        return Text("desk.two_codes", {"first": named.code or named.strange, "second": named.also})
    return Text("desk.no_case", {"code": named.strange})


def _of_somebody_else(sitting: Sitting, members: list[Inbound]) -> bool:
    """True of what a patient sent on of their sister, their child: where a case is there already, it may not be this one's."""
    others = any(not case.empty for case in sitting.open_cases().values())
    said = (i.text for i in members if i.forwarded and i.text)
    return others and any(typed.mentions("another_person", text, sitting.desk.speaks) for text in said)


def _may_be_another(sitting: Sitting, code: str, members: list[Inbound], beside: tuple[Inbound, ...]) -> bool:
    """True of a photograph beside words for a person of whom the case is not known to be: "her sister", also just before it."""
    case = sitting.cases[code]
    if case.empty or not any(a.kind == "photo" for item in members for a in item.attachments):
        return False
    return somebody.spoken_of(case, sitting.dressed(case.state), (*members, *beside))


def _telling(members: list[Inbound]) -> Inbound:
    """Of items that stay together, the one by which they are sorted: a photograph where there is one."""
    return next((i for i in members if i.attachments), members[0])
