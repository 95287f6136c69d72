"""One step of a desk while it is made: what has changed so far, what is said, what is asked of the world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.casework.codes import first_version
from bot.channels import LIMITS
from bot.conversation.desk import professional, voice, wording
from bot.conversation.desk.events import Around, DeskEffect, DeskStep, ForCase
from bot.conversation.desk.gather import OpenCase
from bot.conversation.desk.state import Case, DeskState
from bot.conversation.events import Event, Remind, Step
from bot.conversation.state import ChatState, new_state
from bot.conversation.step import step as step_case
from bot.durations import DAY_S
from bot.messages import Choice, Media, Reply, Text, Urgency

__all__ = ["DUE_AFTER_S", "Sitting"]

OPENED_AGAIN = Text("desk.opened_again")

# When a worker should look after a case again, by how soon the patient must be seen. Sources: clinical.md 6 (a suspicious
# lesion and a suspected neglected disease: checked at 7 days; rashes 1 to 2 weeks; an emergency: a human calls within hours).
DUE_AFTER_S: Mapping[Urgency, float] = {
    Urgency.NOW: 0.0,
    Urgency.TODAY: 0.0,
    Urgency.WEEK: 7 * DAY_S,
    Urgency.ROUTINE: 14 * DAY_S,
}


class Sitting:
    """Collects what one event leads to. at: epoch s."""

    def __init__(self, desk: DeskState, cases: Mapping[str, Case], around: Around, at: float) -> None:
        self.desk, self.around, self.at = desk, around, at
        self.cases = dict(cases)
        self._changed: dict[str, None] = {}
        self._gone: list[str] = []
        self._fresh = [code for code in around.codes if code not in cases]
        self.replies: list[Reply] = []
        self.effects: list[DeskEffect] = []
        self.opened_again: dict[str, None] = {}

    # What is there

    def open_cases(self) -> dict[str, Case]:
        """Cases that are not closed, by code."""
        return {code: case for code, case in self.cases.items() if case.open}

    def current(self) -> Case | None:
        """The open case last worked on."""
        case = self.cases.get(self.desk.current)
        return case if case is not None and case.open else None

    def in_doubt(self) -> bool:
        """True where words without a code could be of another case than the current one."""
        beside, now = self.desk.beside, self.current()
        return now is not None and beside != now.code and beside in self.open_cases()

    def to_sort(self) -> dict[str, OpenCase]:
        """The open cases as gathering knows them."""
        return {
            c.code: OpenCase(c.code, c.touched_at, c.origin, c.origin_at, c.empty)
            for c in self.open_cases().values()
        }

    # Changing it

    def put(self, case: Case) -> Case:
        """Keeps a changed case. Of one that was closed until now it is said that it is open again."""
        before = self.cases.get(case.code)
        if before is not None and case.open and not before.open:
            self.opened_again[case.code] = None
        if case.open and wording.soon_known(case):
            case = self._due(case, before)
        self.cases[case.code] = case
        self._changed[case.code] = None
        return case

    def _due(self, case: Case, before: Case | None) -> Case:
        """The case, on the list by when its urgency wants it: once that is known, has risen, or it is open again."""
        known = before is not None and before.open and wording.soon_known(before)
        if known and before is not None and case.reached.rank >= before.reached.rank:
            return case
        by = self.at + DUE_AFTER_S[case.reached]
        return replace(case, due_at=by if case.due_at is None else min(case.due_at, by))

    def begin(self, origin: str = "") -> Case:
        """A new case under a fresh code; it is the current one."""
        code = self._fresh.pop(0)
        state = replace(new_state(self.desk.language, first_version(code)), timed=True)
        case = Case(code, state, self.at, self.at, origin, self.at if origin else 0.0)
        self.desk = replace(self.desk, current=code, beside="")
        return self.put(case)

    def turn(self, case: Case) -> None:
        """Something was said of this case, and nothing asked: it is the current one, unless a word would then answer a question
        that is not the last one that was shown.
        """
        now = self.current()
        same = now is not None and now.code == case.code
        if same or not (case.asks or (now is not None and now.asks)):
            self.desk = replace(self.desk, current=case.code, beside="")
        else:
            self.desk = replace(self.desk, beside=case.code)

    def leave(self, code: str) -> None:
        """Nothing more is done with this case: it is not the current one, and its list is not the last one."""
        of_it = any(choice.startswith(f"{code}~") for choice in self.desk.offered)
        self.desk = replace(
            self.desk,
            current="" if self.desk.current == code else self.desk.current,
            offered=() if of_it or self.desk.current == code else self.desk.offered,
        )

    def opened(self, case: Case) -> Case:
        """The case, open: a code that is written opens one that was closed."""
        return case if case.open else self.put(replace(case, outcome="", touched_at=self.at))

    def erase(self, code: str) -> None:
        """Takes the case off the desk for good."""
        self.cases.pop(code, None)
        self._changed.pop(code, None)
        self._gone.append(code)
        self.leave(code)

    # Saying

    def say(
        self,
        *paragraphs: Text,
        choices: Iterable[Choice] = (),
        key: str = "",
        about: str = "",
        media: tuple[Media, ...] = (),
        good_for_s: float | None = None,
    ) -> None:
        """A reply of the desk itself. about: code of the case that it concerns; then the code comes first."""
        lead = (voice.address(about),) if about else ()
        self._tell(Reply((*lead, *paragraphs), tuple(choices), key, good_for_s, media))

    def _tell(self, reply: Reply) -> None:
        desk = self.desk
        if (code := voice.about(reply)) in self.opened_again:
            del self.opened_again[code]
            reply = replace(reply, paragraphs=(reply.paragraphs[0], OPENED_AGAIN, *reply.paragraphs[1:]))
        if desk.here.unreviewed and not desk.notice_in:
            reply = replace(reply, paragraphs=(Text("notice.unreviewed"), *reply.paragraphs))
            desk = replace(desk, notice_in=desk.speaks)
        if reply.choices:
            # What the desk asked before is not the last question any more.
            desk = replace(desk, offered=tuple(c.code for c in reply.choices), overlay="")
        if professional.LOCATE in reply.paragraphs:
            # Once is enough.
            desk = replace(desk, location_asked=True)
        self.desk = desk
        self.replies.append(reply)

    def speak(self, case: Case, reply: Reply) -> None:
        """A reply of a case, in answer to what the worker did with it: the case is the current one now."""
        self.desk = replace(self.desk, current=case.code, beside="")
        told = voice.said(case, reply, self.around)
        self._tell(told)
        if not told.choices:
            self.desk = replace(self.desk, offered=(), overlay="")

    def report(self, case: Case, reply: Reply) -> None:
        """A reply of a case that nobody asked for just now. It changes nothing of what a typed number means.

        Where choices are typed as numbers, a second list beside the open one would mix up two patients: none is shown.
        """
        now = self.current()
        if now is None or now.code == case.code:
            self.speak(case, reply)
            return
        told = voice.said(case, reply, self.around)
        limits = LIMITS.get(self.desk.here.channel)
        if told.choices and (limits is None or len(told.choices) > limits.buttons):
            told = replace(
                told, paragraphs=(*told.paragraphs, Text("desk.open_it", {"code": case.code})), choices=()
            )
        offered, overlay = self.desk.offered, self.desk.overlay
        self._tell(told)
        self.desk = replace(self.desk, offered=offered, overlay=overlay)

    # Conversing

    def converse(self, code: str, event: Event, *, asked: bool = True) -> tuple[Case, tuple[Reply, ...]]:
        """Steps the case's conversation and keeps it; the replies are returned, not said.

        asked: the worker did something with it (else time or the engine did): then it counts as touched.
        """
        return self.stepped(code, step_case(self.dressed(self.cases[code].state), event), asked=asked)

    def stepped(self, code: str, result: Step, *, asked: bool = True) -> tuple[Case, tuple[Reply, ...]]:
        """Keeps what a step of the case's conversation led to, as `converse` does."""
        before = self.cases[code]
        self.desk = replace(self.desk, notice_in=result.state.notice_in or self.desk.notice_in)
        case = replace(before, state=result.state, touched_at=self.at if asked else before.touched_at)
        if case.told and not before.told:
            case = replace(case, due_at=self.at + DUE_AFTER_S[case.reached])
        for effect in result.effects:
            if isinstance(effect, Remind):
                # A worker is not asked later: the case stands in their list on the day when a patient would be.
                days = min((one.days for one in effect.asks), default=None)
                if days is not None:
                    due = min(days * DAY_S, DUE_AFTER_S[case.reached])
                    case = replace(case, due_at=self.at + due)
            else:
                self.effects.append(ForCase(code, effect))
        if not result.replies and code in self.opened_again:
            # Said with what comes of the photographs, or of the question.
            case = replace(case, state=replace(case.state, carry=(*case.state.carry, OPENED_AGAIN.id)))
        case = self.put(case)
        if asked and not result.replies and any(c.startswith(f"{code}~") for c in self.desk.offered):
            # Nothing is said yet: a number that is typed meanwhile means nothing of the list that was answered.
            self.desk = replace(self.desk, offered=())
        return case, result.replies

    def dressed(self, state: ChatState) -> ChatState:
        """The case's state with what belongs to the chat: language, channel, whether it is stopped."""
        desk = self.desk
        return replace(
            state,
            language=desk.speaks,
            notice_in=desk.notice_in,
            stopped=desk.stopped,
            here=desk.here,
            overlay="" if state.overlay in ("delete", "language", "teaching") else state.overlay,
        )

    def done(self) -> DeskStep:
        """All of it."""
        changed = {code: self.cases[code] for code in self._changed}
        return DeskStep(self.desk, tuple(self.replies), tuple(self.effects), changed, tuple(self._gone))
