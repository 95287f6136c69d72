"""One person's talk, move by move, with all that was said and all that went wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field

import locales
from bot.conversation import ChatState
from bot.conversation.events import Event
from bot.conversation.moments import PATIENCE_S
from bot.messages import Inbound, Reply
from tests.simulator.checks import Case, Problem, Watcher, is_go_now, keeps_quiet
from tests.simulator.minds import Mind, Move, is_result
from tests.simulator.people import Person
from tests.simulator.phrases import Phrase
from tests.simulator.worlds import DAY_S, PureWorld, Watch, World

__all__ = ["Played", "play", "transcript"]

MOST_MOVES = 90


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a talk: what the person did, or what they were told."""

    who: str
    text: str = ""
    reply: Reply | None = None
    phrase: Phrase | None = None


@dataclass(slots=True)
class Played:
    """A talk that is over.

    end: 'result', 'now', 'stop', 'deleted', 'refused', 'silence' or 'engine' (it never answered), else 'nowhere'.
    told_now: whether the planted sign that was said was answered with "go now"; None where none was said, or after "go now". told_after: not so,
    but it was asked about, and their yes was. pressed: whether a sign that was pressed was answered so; 'not asked' where the talk ended before. alarms: harmless phrases that were taken for danger.
    """

    person: Person
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    end: str = ""
    told_now: bool | None = None
    told_after: bool = False
    pressed: str = ""
    reminders: int = 0
    harmless_said: int = 0
    alarms: list[Phrase] = field(default_factory=list)


class _Talk:
    def __init__(self, person: Person, make_world: Callable[[Person, Watch], World]) -> None:
        self.person = person
        self.played = Played(person)
        self.watcher = Watcher(person.channel)
        self.played.problems = self.watcher.problems
        self.world = make_world(person, self._watch)
        self.mind = Mind(person)
        self.rng = person.chance("pace")

    def _watch(
        self,
        before: ChatState,
        event: Event,
        after: ChatState,
        replies: tuple[Reply, ...],
        effects: tuple[object, ...],
    ) -> None:
        self.watcher.event(before, event, after, replies, effects)
        self.played.lines += [Line("we", reply=reply) for reply in replies]

    def play(self) -> Played:
        try:
            self._talk()
            self._afterwards()
        except Exception as error:  # whatever goes wrong is told with the talk that led to it
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.watcher.problem(
                "exception", f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
            )
        return self.played

    def _talk(self) -> None:
        for _ in range(MOST_MOVES):
            move = self.mind.next(self.world.state.speaks)
            if move.kind == "leave":
                self.played.lines.append(Line("-", move.means or "puts the phone away"))
                self.played.end = self._end(move)
                return
            if move.kind == "wait":
                self._hears(self.world.wait(self.rng.choice((30.0, 120.0, 900.0))))
                continue
            if self._does(move):
                continue
            if not self.world.busy or self.rng.random() < 0.15:
                self._hears(self.world.wait(self.rng.uniform(3, 60)))
            else:
                self._hears(self.world.wait(100.0))
        self.played.end = "nowhere"
        self.watcher.problem("dead end", f"no end after {MOST_MOVES} messages of a willing person")

    def _does(self, move: Move) -> bool:
        """Whether time passed: where nothing was said at once, something is within the time that findings are waited for."""
        self.played.lines.append(Line("they", move.means, phrase=move.phrase))
        was_now = self.world.state.floor is not None and self.world.state.floor.value == "now"
        offered = {c.code for c in self.mind.open.choices}
        said = self.world.hear(*move.items)
        if move.kind == "said" and move.phrase is not None and not was_now:
            self.played.told_now = any(is_go_now(r, move.phrase.sign) for r in said)
            if not self.played.told_now:
                self.watcher.problem(
                    "sign missed", f"{move.phrase.sign} said in {move.phrase.file}, no 'go now'"
                )
        elif move.kind == "harmless" and move.phrase is not None and not was_now:
            self.played.harmless_said += 1
            if any(is_go_now(r, "D45") for r in said) and not any(
                is_result(r) and r.key == "help" for r in said
            ):
                self.played.alarms.append(move.phrase)
        elif move.kind == "answer" and move.code in offered:
            if any(text.id == "button.old" for reply in said for text in reply.paragraphs):
                self.watcher.problem("dead end", f"an offered button was called old: {move.code}")
            self._pressed(move.code, said)
        self._hears(said)
        if said or keeps_quiet(move.items):
            return False
        late = self.world.wait(PATIENCE_S + 1)
        if not late:
            self.watcher.problem("dead end", f"nothing was said for {PATIENCE_S:g} s after: {move.means}")
        self._hears(late)
        return True

    def _pressed(self, code: str, said: tuple[Reply, ...]) -> None:
        """Whether the yes to a sign that is there led to 'go now', or to the second question of this sign."""
        question, _, answer = code.partition(".")
        planted = self.person.said.sign if self.person.said else ""
        if (
            self.played.told_now is False
            and planted
            and question.startswith(planted.lower())
            and answer == "yes"
        ):
            self.played.told_after |= any(is_go_now(r, planted) for r in said)
        sign = next((s for s in self.person.truth.signs if question.startswith(s.lower())), "")
        if not self.person.pressed or not sign or answer != "yes":
            return
        if any(is_go_now(r, sign) for r in said):
            self.played.pressed = "now"
        elif not any(r.key.startswith(sign.lower()) for r in said):
            self.played.pressed = "missed"
            self.watcher.problem("sign missed", f"{code} was pressed, no 'go now'")

    def _hears(self, said: tuple[Reply, ...]) -> None:
        self.mind.heard(said)

    def _end(self, move: Move) -> str:
        """How the talk ended, by the last thing that was said."""
        if move.means == "goes silent":
            return "silence"
        last, state = self.mind.last, self.world.state
        if state.stopped:
            return "stop"
        if last.key in ("deleted", "refused"):
            return last.key
        if last.key == "now" or (state.floor is not None and state.floor.value == "now"):
            return "now"
        if is_result(last) or self.watcher.cases[-1].end == "result":
            return "result"
        if self.person.no_engine and state.requested == state.case_version:
            return "engine"
        self.watcher.problem("dead end", f"a willing person was left at {last.key!r} with nothing to answer")
        return "nowhere"

    def _afterwards(self) -> None:
        """Time passes, and reminders come; then the talk must still go on, whatever state it was left in."""
        if self.person.pressed and not self.played.pressed:
            self.played.pressed = "not asked" if self.played.end != "now" else "now otherwise"
        if self.played.end != "nowhere":
            self._days()
        # What follows belongs to no case of the person's: it is not counted.
        self.played.cases = [copy(case) for case in self.watcher.cases]
        for name in ("/start", "/new"):
            self.played.lines.append(Line("they", f"{name}   [much later]"))
            said = self.world.hear(Inbound("message", text=name, language_hint=self.person.hint))
            if not said:
                self.watcher.problem("dead end", f"no answer to {name} later")
        state = self.world.state
        if said and not said[-1].choices and state.floor is not None:
            self.watcher.problem("dead end", "'new' led to nothing that can be answered")

    def _days(self) -> None:
        """Up to 45 days, a day at a time. Some answer a reminder; who is worse talks the case through once more."""
        answers = 0
        days = 45 if self.world.state.stopped else self.rng.choice((0, 2, 20, 45))
        for _ in range(days):
            stopped = self.world.state.stopped
            late = self.world.wait(DAY_S)
            if not late:
                continue
            if stopped:
                self.watcher.problem("said after stop", late[-1].key)
            self._hears(late)
            self.played.reminders += sum(r.key.startswith("reminder") for r in late)
            if late[-1].choices and answers < 4 and self.rng.random() < 0.7:
                answers += 1
                self.played.lines.append(Line("-", "takes the phone again"))
                self.mind.comes_back()
                self._talk()


def play(person: Person, make_world: Callable[[Person, Watch], World] = PureWorld) -> Played:
    """Their whole talk. Never raises: what went wrong is among the problems."""
    return _Talk(person, make_world).play()


def transcript(played: Played, *, show_unseen: bool = False) -> str:
    """The talk in English, to be read aloud. show_unseen: also phrases that are kept from the matcher's makers."""
    p = played.person
    head = (
        f"person {p.number} of seed {p.seed}: {p.language} on {p.channel}, {p.truth.age}, {p.truth.kind} at "
        f"{p.truth.site}, {', '.join(sorted(p.habits)) or 'cooperative'}"
        f"{', signs there: ' + ', '.join(sorted(p.truth.signs)) if p.truth.signs else ''}"
    )
    lines = [head, *(f"  !! {problem.kind}: {problem.what}" for problem in played.problems)]
    for line in played.lines:
        if line.reply is None:
            hidden = line.phrase is not None and line.phrase.unseen and not show_unseen
            text = (
                f"(a phrase kept unseen)   [says {line.phrase.sign}]" if hidden and line.phrase else line.text
            )
            lines.append(f"  {line.who + ':':<6}{text}")
            continue
        text = "\n        ".join(
            locales.render(t, "en").replace("\n", "\n        ") for t in line.reply.paragraphs
        )
        buttons = " | ".join(locales.render(c.label, "en") for c in line.reply.choices)
        lines.append(f"  we:   {text}{f'{chr(10)}        [{buttons}]' if buttons else ''}")
    return "\n".join(lines)
