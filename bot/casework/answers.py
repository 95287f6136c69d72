"""A clinician's answer: prepared sentences by name, and their own words; as it is kept in a note, and as it is told. Pure.

What the signs of danger reached is not lowered by a sentence that somebody else wrote: an answer that says less than that must
hold the clinician's own words (`fault`), and of how soon nothing is said beside them (`lowers`). One answer says one thing of how
soon (`clash`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.clinical.clinic_says import Say, says
from bot.messages import Text, Urgency, worst

__all__ = [
    "LONGEST_OWN",
    "MOST_SAID",
    "Answer",
    "Fault",
    "asks_for",
    "clash",
    "fault",
    "from_note",
    "lowers",
    "raised_to",
    "texts",
    "to_note",
]

# A message of any channel holds all of it, with what is said around it.
LONGEST_OWN = 1500
MOST_SAID = 6
_NEW = "[[1]]"

Fault = Literal[
    "",
    "empty",
    "unknown",
    "many",
    "long",
    "place",
    "question",
    "own_words",
    "against",
    "place_alone",
    "question_alone",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """said: names of prepared sentences (bot.clinical.clinic_says), in order. own: the clinician's own words, '' for none.

    place: name and region of where somebody is sent, () for none. question: message id of what is asked, '' for nothing.
    """

    said: tuple[str, ...] = ()
    own: str = ""
    place: tuple[str, ...] = ()
    question: str = ""
    plain: str = field(default="")  # of a chat: words that were read back there, without a mark


def to_note(answer: Answer) -> str:
    """The text of the note that holds it; `from_note` gives it back."""
    if answer.plain:
        return answer.plain
    if len(answer.said) == 1 and not (answer.own or answer.place or answer.question):
        return f"[[{answer.said[0]}]]"
    kept = {"said": answer.said, "own": answer.own, "place": answer.place, "question": answer.question}
    return _NEW + json.dumps(kept, ensure_ascii=False)


def from_note(text: str) -> Answer:
    """The answer of a note: of the console, of a button in a chat ([[same]]), or typed in a chat."""
    name = text.removeprefix("[[").removesuffix("]]")
    if text == f"[[{name}]]" and name in says() and not says()[name].needs:
        return Answer((name,))
    if text.startswith(_NEW):
        try:
            read = json.loads(text.removeprefix(_NEW))
            answer = Answer(
                tuple(str(one) for one in read["said"]),
                str(read["own"]),
                tuple(str(one) for one in read["place"])[:2],
                str(read["question"]),
            )
        except (ValueError, KeyError, TypeError):
            return Answer(plain=text)
        return answer if all(one in says() for one in answer.said) else Answer(plain=text)
    return Answer(plain=text)


def texts(answer: Answer) -> tuple[Text, ...]:
    """What is told, sentence by sentence; never empty."""
    if answer.plain or not (answer.said or answer.own):
        return (Text("plain.text", {"text": answer.plain}),)
    told = [Text(says()[name].text, _put_in(answer, name)) for name in answer.said]
    if answer.own:
        told.append(Text("clinic.own_words", {"words": answer.own}))
    return tuple(told)


def _put_in(answer: Answer, name: str) -> Mapping[str, object]:
    match says()[name].needs:
        case "place":
            place, region = (*answer.place, "", "")[:2]
            return {"name": place, "region": region}
        case "question":
            return {"question": Text(answer.question)}
        case _:
            return {}


def asks_for(answer: Answer) -> Literal["", "photo", "answer"]:
    """What the person is to send for it."""
    if "photo" in answer.said:
        return "photo"
    return "answer" if "ask" in answer.said else ""


def lowers(answer: Answer, opinion: Urgency | None, reached: Urgency | None) -> bool:
    """True where the answer says less than was reached. opinion: in the clinician's word. reached: by signs of danger."""
    if reached is None:
        return False
    soons = [says()[name].soon for name in answer.said if name in says()]
    return any(soon is not None and soon.rank > reached.rank for soon in (*soons, opinion))


def clash(answer: Answer, opinion: Urgency | None) -> tuple[str, str | Urgency] | None:
    """A prepared sentence, and another or the clinician's own word, that send somebody at two different times; None for no such.

    'Go to the hospital now' beside 'at the next clinic' leaves whoever reads both to choose.
    """
    timed = [one for name in answer.said if (one := says().get(name)) is not None and one.soon is not None]
    for number, one in enumerate(timed):
        for other in timed[number + 1 :]:
            if not (_goes_with(one, other) or _goes_with(other, one)):
                return one.name, other.name
    if opinion is not None:
        return next(((one.name, opinion) for one in timed if not one.goes_with(opinion)), None)
    return None


def _goes_with(one: Say, other: Say) -> bool:
    return other.soon is not None and one.goes_with(other.soon)


def raised_to(answer: Answer, stands: Urgency) -> Urgency | None:
    """How soon a sentence says, where that is sooner than what stands; None where none does.

    The sentence is the clinician's word: whoever is told to come now waits in no list as for the next clinic.
    """
    known = says()
    said = [known[name] for name in answer.said if name in known]
    return worst(
        *(one.soon for one in said if one.soon and one.soon.rank < stands.rank and not one.goes_with(stands))
    )


def fault(
    answer: Answer, opinion: Urgency | None, reached: Urgency | None, questions: Sequence[str] = ()
) -> Fault:
    """Why it is not sent; '' where it may be. questions: message ids that may be asked."""
    known = says()
    needed = {known[name].needs for name in answer.said if name in known}
    # Whoever chose one takes it for sent: it is never left out in silence.
    if answer.place and "place" not in needed:
        return "place_alone"
    if answer.question and "question" not in needed:
        return "question_alone"
    if not answer.said and not answer.own.strip():
        return "empty"
    if any(name not in known for name in answer.said) or len(set(answer.said)) != len(answer.said):
        return "unknown"
    if len(answer.said) > MOST_SAID:
        return "many"
    if len(answer.own) > LONGEST_OWN:
        return "long"
    if clash(answer, opinion) is not None:
        return "against"
    if "place" in needed and len(answer.place) != 2:
        return "place"
    if "question" in needed and answer.question not in questions:
        return "question"
    # A prepared sentence never lowers what was reached: the clinician answers for it in their own words.
    prepared = [known[name].soon for name in answer.said]
    if reached is not None and any(soon is not None and soon.rank > reached.rank for soon in prepared):
        return "own_words"
    return "own_words" if lowers(answer, opinion, reached) and not answer.own.strip() else ""
