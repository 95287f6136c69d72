"""The signs of danger in words: two grouped messages, one more of what fits, and one by one inside an opened group."""

from __future__ import annotations

from bot.clinical import danger
from bot.conversation import course
from bot.conversation.state import ChatState
from bot.messages import Choice, Reply, Text

__all__ = ["answers_key", "ask", "go_now"]


def ask(state: ChatState) -> Reply:
    """The next question about danger. There must be one."""
    following = course.assessment(state).next
    assert following is not None, "every sign was asked"
    if following.kind == "group":
        told = danger.as_shown(state.answers, state.offered)
        signs = danger.open_signs(told["age"], following.group, told)
        lines = tuple(Text("danger.line", {"sign": s.question}) for s in signs)
        return Reply(
            (Text("danger.any"), *lines),
            _answers(
                f"danger{following.group}",
                ("none", "danger.none"),
                ("yes", "danger.yes"),
                ("unknown", "answer.unknown"),
            ),
            f"danger{following.group}",
        )
    sign = following.sign
    assert sign is not None
    said: list[Text] = []
    name = sign.id.lower()
    if following.kind == "again":
        name += "again"
        said.append(Text("danger.again"))
    # Who does not know is told how to look: at the second question about a sign, and after an unsure group that is its first.
    unsure = state.answers.get(f"group{following.group}") == "unknown"
    if sign.check and (following.kind == "again" or (following.kind == "sign" and unsure)):
        said.append(sign.check)
    if following.kind == "also":
        name += "also"
        assert sign.also is not None
        said.append(sign.also)
    else:
        said.append(sign.question)
    buttons = _answers(name, ("yes", "answer.yes"), ("no", "answer.no"), ("unknown", "answer.unknown"))
    return Reply(tuple(said), buttons, name)


def answers_key(question: str) -> str:
    """Under which key an answer is kept: 'danger1' -> 'group1', 'd04' -> 'D04', 'd04again' -> 'D04.again'."""
    if question.startswith("danger"):
        return f"group{question.removeprefix('danger')}"
    for more in ("again", "also"):
        if question.endswith(more):
            return f"{question.removesuffix(more).upper()}.{more}"
    return question.upper()


def go_now(state: ChatState) -> Reply:
    """Go now: no finding, no photo request, first aid only (rule 1). The same sentence whatever is said after it."""
    found = course.assessment(state).found
    aid = tuple(dict.fromkeys(s.aid.id for s in found if s.aid is not None))
    call = (
        Text("now.call", {"number": state.here.emergency}) if state.here.emergency else Text("now.call_local")
    )
    name = state.near or state.place
    where = (Text("now.place", {"name": name}),) if name else ()
    said = (Text("now.go"), *where, call, *(Text(name) for name in aid), Text("now.how"), Text("now.later"))
    return Reply(said, (), "now")


def _answers(question: str, *labels: tuple[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(f"{question}.{answer}", Text(label)) for answer, label in labels)
