"""What somebody does next: reads the last message as they understand it, and presses, types, sends or goes.

They know what stands in the message and under it, nothing of the state behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import locales
from bot.conversation import typed
from bot.messages import Attachment, Choice, Inbound, Reply, Text, Unusable
from tests.simulator.people import Person
from tests.simulator.phrases import Phrase

__all__ = ["Mind", "Move", "is_result", "signs_in"]

_SIGN = re.compile(r"(?<![a-z0-9])d(\d\d)(?!\d)")
_UNUSABLE: tuple[Unusable, ...] = ("sticker", "voice", "audio", "video", "document", "location", "contact")
_WAITS = ("looking", "takes_longer")


@dataclass(frozen=True, slots=True)
class Move:
    """One thing somebody does. means: in plain English, for reading aloud. code: of the choice it stands for, or ''."""

    kind: Literal["answer", "said", "harmless", "noise", "photo", "old", "command", "text", "wait", "leave"]
    items: tuple[Inbound, ...] = ()
    means: str = ""
    code: str = ""
    phrase: Phrase | None = None


def texts_in(reply: Reply) -> Iterator[Text]:
    """All texts of a reply, those inside others too."""
    waiting: list[object] = list(reply.paragraphs)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Text):
            yield one
            waiting += one.args.values()
        elif isinstance(one, tuple):
            waiting += one


def signs_in(reply: Reply) -> set[str]:
    """Ids of the danger signs that a message asks about."""
    return {f"D{n}" for text in texts_in(reply) for n in _SIGN.findall(text.id)}


def is_result(reply: Reply) -> bool:
    """True where the menu of a result stands under a message."""
    return any(choice.code.startswith("menu.") for choice in reply.choices)


class Mind:
    """One person's head during one talk."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.rng = person.chance("mind")
        self.open: Reply = Reply(())  # the last message with something to answer
        self.last: Reply = Reply(())
        self.older: list[str] = []
        self.moves = 0
        self.refs = 0
        self.to_say = person.said
        self.signs = set(person.truth.signs)  # what they have; a sign that they wrote about they have too
        self.by_the_way = sorted(person.harmless, key=lambda h: h[0])
        self.broke = False
        self.after_end = self.rng.choice((0, 0, 1, 2, 3))
        self.cases = 1 if self.rng.random() < 0.88 else 2
        self.waited = 0
        self.goes = False

    def heard(self, replies: tuple[Reply, ...]) -> None:
        """Reads what came."""
        for reply in replies:
            self.waited = 0
            self.last = reply
            self.older += [c.code for c in self.open.choices if c.code not in self.older]
            self.open = reply

    def comes_back(self) -> None:
        """Takes the phone again after a while."""
        self.goes, self.after_end, self.waited = False, self.rng.choice((0, 1)), 0

    # What they do

    def next(self, speaks: str) -> Move:
        """Their next move. speaks: the language in which the last message was written."""
        self.moves += 1
        p, rng = self.person, self.rng
        if self.to_say is not None and (self.moves > p.said_at or self.goes):
            phrase, self.to_say, self.goes = self.to_say, None, False
            self.signs.add(phrase.sign)
            return Move(
                "said", self._told(phrase.text), f"{phrase.text}   [says {phrase.sign}]", phrase=phrase
            )
        if self.moves == 1:
            return self._opens()
        if self.goes:
            return Move("leave")
        if not self.broke and self.moves > p.breaks_at and p.habits & {"silent", "switches", "commands"}:
            self.broke = True
            return self._breaks()
        if self.by_the_way and self.moves > self.by_the_way[0][0]:
            phrase = self.by_the_way.pop(0)[1]
            if not self._is_answer(phrase.text, speaks):
                return Move(
                    "harmless", self._typed(phrase.text), f"{phrase.text}   [harmless]", phrase=phrase
                )
        if "stickers" in p.habits and rng.random() < 0.25:
            return self._noise()
        if "photos" in p.habits and rng.random() < 0.12:
            return self._photo()
        if "old_buttons" in p.habits and p.channel != "whatsapp" and rng.random() < 0.2:
            old = [c for c in self.older if c not in {o.code for o in self.open.choices}]
            # What ends or changes the talk is not pressed by mistake here: other habits do that.
            old = [c for c in old if c.partition(".")[0] not in ("delete", "language", "consent")]
            if old:
                code = rng.choice(old)
                return Move("old", (Inbound("choice", choice=code),), f"presses the old button {code}")
        return self._goes_on(speaks)

    def _goes_on(self, speaks: str) -> Move:
        """The willing way through the talk."""
        if self.last.key == "now":
            return self._after_now()
        if is_result(self.last):
            return self._after_result(speaks)
        if self.last.key in ("stop", "deleted"):
            if self.rng.random() < 0.6:
                self.goes = True
                return self.next(speaks)
            return self._text("hello")
        if self.last.key in _WAITS or not self.open.choices:
            self.waited += 1
            if self.waited > 3:
                self.goes = True
                return Move("leave")
            if self.waited == 2 and self.rng.random() < 0.5:
                return self._text("help")
            return Move("wait")
        if self.last.key == "refused" and self.rng.random() < 0.7:
            self.goes = True
            return self.next(speaks)
        if self.last.key == "photo" and self.rng.random() < 0.85:
            return self._photo()
        return self._press(self.answer(self.open), speaks)

    def _opens(self) -> Move:
        if self.person.opens_with_photo:
            return self._photo()
        return self._text("hello")

    def _after_now(self) -> Move:
        if self.after_end <= 0:
            self.goes = True
            return Move("leave")  # they need not say another sign: they were sent off
        self.after_end -= 1
        draws = self.rng.random()
        if draws < 0.3:
            return self._photo()
        if draws < 0.5:
            return self._noise()
        return self._text(self.rng.choice(("thanks", "ask_danger", "ask_home")))

    def _after_result(self, speaks: str) -> Move:
        if self.after_end > 0:
            self.after_end -= 1
            if self.rng.random() < 0.25:
                return self._text(self.rng.choice(("thanks", "ask_contagious", "ask_home", "ask_when")))
            topics = [c for c in self.open.choices if c.code not in ("menu.new",)]
            return self._press(self.rng.choice(topics), speaks)
        if self.cases > 1:
            self.cases -= 1
            new = [c for c in self.open.choices if c.code == "menu.new"]
            if new:
                return self._press(new[0], speaks)
        self.goes = True
        return self.next(speaks)

    def _breaks(self) -> Move:
        """What a habit of one moment does."""
        if "silent" in self.person.habits:
            return Move("leave", means="goes silent")
        if "switches" in self.person.habits:
            return Move("command", self._typed("/language"), "/language")
        name = self.rng.choice(("stop", "stop", "block", "new", "delete", "help"))
        if name == "block":
            self.goes = True
            return Move("command", (Inbound("stopped"),), "blocks us")
        return Move("command", self._typed(f"/{name}"), f"/{name}")

    # Answers

    def answer(self, reply: Reply) -> Choice:
        """Which choice is theirs."""
        offered = {c.code.partition(".")[2]: c for c in reply.choices}
        question = reply.choices[0].code.partition(".")[0]
        p, rng = self.person, self.rng
        wish = self._wish(question, reply)
        if (
            "contradicts" in p.habits
            and question not in ("language", "consent", "delete")
            and rng.random() < 0.5
        ):
            return rng.choice(reply.choices)
        if (
            "unsure" in p.habits
            and "unknown" in offered
            and not signs_in(reply) & self.signs
            and rng.random() < 0.5
        ):
            return offered["unknown"]
        for answer in wish:
            if answer in offered:
                return offered[answer]
        for code, choice in ((c.code, c) for c in reply.choices):
            if code in wish:
                return choice
        return rng.choice(reply.choices)

    def _wish(self, question: str, reply: Reply) -> tuple[str, ...]:
        """Answers in the order in which they would give them."""
        p, truth, rng = self.person, self.person.truth, self.rng
        if question == "consent" or any(c.code == "consent.yes" for c in reply.choices):
            return ("consent.no",) if rng.random() < 0.04 else ("consent.yes",)
        if question == "language":
            if "switches" in p.habits and self.broke:
                return (rng.choice([c.code.partition(".")[2] for c in reply.choices]),)
            return (p.language, "more")
        if question == "better":
            return (rng.choice(("better", "better", "same", "worse", "worse", "stop")),)
        if question == "visit":
            return (rng.choice(("yes", "not_yet", "not_yet", "stop")),)
        if question == "delete":
            return ("yes",) if rng.random() < 0.6 else ("no",)
        if question in ("age", "shape", "site", "skin"):
            wish = {"age": truth.age, "shape": truth.wound or truth.kind, "skin": truth.skin}
            # A rash's places are coarser than a spot's.
            return (wish[question],) if question in wish else (truth.site, "face", "many")
        if question == "duration":
            fits = {"yes": ("months", "years"), "no": ("days", "weeks")}
            return (rng.choice(fits.get(truth.answers.get("weeks4", ""), ("days", "weeks", "unknown"))),)
        if question == "symptoms":
            return self._of_a_list(reply)
        asked = signs_in(reply)
        if asked:
            return ("yes",) if asked & self.signs else ("none", "no")
        if question == "photo":
            return ("use", "none")
        known = truth.answers.get(question)
        if known:
            return (known,)
        if any(c.code.endswith(".none") for c in reply.choices):
            return ("none",) if rng.random() < 0.75 else (rng.choice(reply.choices).code,)
        return (rng.choice(("yes", "no", "no", "no", "unknown")),)

    def _of_a_list(self, reply: Reply) -> tuple[str, ...]:
        """Of a list of symptoms: the one that is there, or several of them one after the other, or none."""
        offered = [c.code.partition(".")[2] for c in reply.choices]
        there = [key for key in offered if self.person.truth.answers.get(key) == "yes"]
        if "unknown" in offered:
            return ("several",) if len(there) > 1 else (*there, "none")
        chosen = [c.code.partition(".")[2] for c in reply.choices if c.label.id == "symptoms.ticked"]
        return (*(key for key in there if key not in chosen), "done", "none")

    def _press(self, choice: Choice, speaks: str) -> Move:
        """A press, or the number or words of it."""
        label = locales.render(choice.label, speaks)
        means = f"{locales.render(choice.label, 'en')}   [{choice.code}]"
        types = self.person.channel == "whatsapp" or (
            "types" in self.person.habits and self.rng.random() < 0.7
        )
        if not types:
            return Move("answer", (Inbound("choice", choice=choice.code),), means, choice.code)
        number = str(1 + [c.code for c in self.open.choices].index(choice.code))
        words = [number, label] if self.person.channel != "whatsapp" else [number, number, label]
        if self.open.key.startswith("danger") and self.person.channel != "whatsapp":
            # Beside buttons nobody sees a number, and at these lists none is taken.
            words = [label, label]
        answer = choice.code.partition(".")[2]
        if answer in ("yes", "no"):
            words += sorted(locales.words(f"words.{answer}", speaks))[:3]
        said = self.rng.choice(words)
        return Move("answer", self._typed(said), f"types '{said}' for {means}", choice.code)

    def _is_answer(self, text: str, speaks: str) -> bool:
        """True where a text said by the way would be taken, rightly, for the answer to the open question."""
        first = locales.normalise(text).split()[:1]
        return bool(typed.choice(self.open.choices, text, speaks)) or (
            bool(first) and any(typed.is_word(w, first[0], speaks) for w in ("yes", "no"))
        )

    # What they send

    def _typed(self, text: str) -> tuple[Inbound, ...]:
        if self.rng.random() >= 0.02:
            return (Inbound("message", text=text, language_hint=self.person.hint),)
        # Mistyped, and put right before anybody answered.
        self.refs += 1
        ref, hint = f"m{self.refs}", self.person.hint
        return (
            Inbound("message", text=text[1:] + "x", language_hint=hint, ref=ref),
            Inbound("edit", text=text, language_hint=hint, ref=ref),
        )

    def _told(self, text: str) -> tuple[Inbound, ...]:
        """What they say of danger: typed, or under a video that nobody can watch."""
        if self.person.number % 9:
            return self._typed(text)
        return (Inbound("unusable", text=text, unusable="video", language_hint=self.person.hint),)

    def _text(self, name: str) -> Move:
        """A word or phrase of the pack."""
        words = sorted(locales.words(f"words.{name}", self.person.language)) or ["?"]
        text = self.rng.choice(words)
        return Move("text", self._typed(text), f"{text}   [{name}]")

    def _noise(self) -> Move:
        kind = self.rng.choice(_UNUSABLE)
        return Move(
            "noise", (Inbound("unusable", unusable=kind, language_hint=self.person.hint),), f"sends: {kind}"
        )

    def _photo(self) -> Move:
        count = self.rng.choice((1, 1, 1, 2))
        items = []
        for _ in range(count):
            self.refs += 1
            ref = f"{self.person.number}-{self.refs}"
            items.append(Inbound("message", attachments=(Attachment(ref),), language_hint=self.person.hint))
        return Move("photo", tuple(items), f"sends {count} photograph{'s' if count > 1 else ''}")
