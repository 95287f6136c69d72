"""Several cases open at once never mix, whatever is interleaved with what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation import photos
from bot.conversation.desk import codes, in_a_row
from bot.conversation.desk.crossing import CROSSING_S
from bot.messages import Inbound, Reply
from tests.bot.conversation.desk.bench import Bench, harmless, keys, photograph

PATIENTS = ("amina", "baraka", "chausiku")


@dataclass
class Ward:
    """A worker with three patients. truth: whose each thing is; home: the case of each patient."""

    bench: Bench
    truth: dict[str, str] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)

    def settle(self) -> None:
        """Answers every 'same patient or new?' as the worker knows it."""
        for _ in range(60):
            if not self.bench.desk.held:
                return
            group = self.bench.desk.held[0].group
            whose = {self.truth[name(h.item)] for h in self.bench.desk.held if h.group == group}
            if len(whose) > 1:
                self.bench.press(f"gather{group}.split")
                continue
            patient = whose.pop()
            before = set(self.bench.cases)
            self.bench.press(f"gather{group}.{self.home.get(patient, 'new')}")
            self.born(patient, before)
        raise AssertionError("asked for ever")

    def born(self, patient: str, before: set[str]) -> None:
        for code in set(self.bench.cases) - before:
            assert patient not in self.home, f"{patient} has two cases"
            self.home[patient] = code


def name(item: Inbound) -> str:
    return item.attachments[0].ref if item.attachments else item.text.rpartition(" ")[2]


def inside(bench: Bench, code: str) -> list[str]:
    """Names of what lies in a case."""
    case = bench.cases[code]
    photos = [a.ref for a in case.state.pending]
    photos += [i.removeprefix("id-") for i in case.state.photos + case.state.spare]
    return photos + [note.text.rpartition(" ")[2] for note in case.notes]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(PATIENTS),
        st.sampled_from(["photo", "album", "words", "coded photo", "coded words", "answer", "wait"]),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=STEPS, known=st.booleans(), channel=st.sampled_from(["telegram", "whatsapp"]), eager=st.booleans()
)
def test_every_item_lands_in_its_own_case_once_and_none_is_lost(
    steps: list[tuple[str, str]], known: bool, channel: str, eager: bool
) -> None:
    bench = Bench(channel=channel)
    ward = Ward(bench)
    photographs: dict[str, int] = {}
    for number, (patient, what) in enumerate(steps):
        before = set(bench.cases)
        origin = patient if known else ""
        code = ward.home.get(patient, "")
        if what == "wait":
            bench.at += 1800.0
            continue
        if what == "answer":
            if code and bench.cases[code].asks:
                answer(bench, code)
            continue
        count = 2 if what == "album" else 1
        if what.endswith(("photo", "album")):
            photographs[patient] = photographs.get(patient, 0) + count
            if photographs[patient] > 6:  # more than a case takes
                continue
        names = [f"n{number}x{i}" for i in range(count)]
        ward.truth.update(dict.fromkeys(names, patient))
        if what.startswith("coded"):
            if not code:
                for one in names:
                    del ward.truth[one]
                continue
            held = len(bench.desk.held)
            if what == "coded photo":
                bench.hear(photograph(names[0], f"{code.lower()} look", origin))
            else:
                bench.hear(
                    Inbound(
                        "message",
                        text=f"{code} she told me {names[0]}",
                        forwarded=True,
                        forwarded_from=origin,
                    )
                )
            assert len(bench.desk.held) == held, "what carries a code is never asked about"
            assert names[0] in inside(bench, code)
        elif what == "words":
            bench.forward(f"it has been so {names[0]}", origin)
        else:
            bench.photo(*names, origin=origin)
        ward.born(patient, before)
        if eager:
            ward.settle()
    ward.settle()
    landed = {code: inside(bench, code) for code in bench.cases}
    for one, patient in ward.truth.items():
        homes = [code for code, names in landed.items() for n in names if n == one]
        assert homes == [ward.home[patient]], (one, patient)


def answer(bench: Bench, code: str) -> None:
    """The worker opens the case and answers its question."""
    reply: Reply = bench.say(f"open {code}")[-1]
    if bench.channel == "telegram":
        bench.press(f"{code}~{harmless(reply)}")
        return
    wanted = f"{code}~{harmless(reply)}"
    bench.say(str([c.code for c in reply.choices].index(wanted) + 1))


@settings(max_examples=60, deadline=None)
@given(st.permutations(["a", "b", "c"] * 3))
def test_a_known_origin_is_never_asked_about_and_never_mixed(order: list[str]) -> None:
    bench = Bench()
    for number, patient in enumerate(order):
        bench.photo(f"{patient}-{number}", origin=patient)
    assert not bench.desk.held
    assert len(bench.cases) == 3
    for code in bench.cases:
        assert len({ref.partition("-")[0] for ref in inside(bench, code)}) == 1
        assert len(inside(bench, code)) == 3


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.booleans()), min_size=1, max_size=40))
def test_buttons_of_three_cases_pressed_in_any_order_answer_their_own_case(
    presses: list[tuple[int, bool]],
) -> None:
    """What is told to one case changes that case only."""
    bench = Bench()
    for patient in "abc":
        bench.photo(f"{patient}1", origin=patient)
    codes = list(bench.cases)
    shown: dict[str, Reply] = {
        code: next(r for r in bench.replies if r.choices and r.choices[0].code.startswith(code))
        for code in codes
    }
    for which, _ in presses:
        code = codes[which]
        others = {c: bench.cases[c] for c in codes if c != code}
        if bench.cases[code].asks:
            new = bench.press(f"{code}~{harmless(shown[code])}")
            shown[code] = [r for r in new if r.choices][-1] if any(r.choices for r in new) else shown[code]
        assert {c: bench.cases[c] for c in others} == others


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(PATIENTS),
            st.sampled_from(
                ["close", "words", "photo", "forwarded photo", "foreign words", "foreign photo", "two codes"]
            ),
        ),
        min_size=2,
        max_size=10,
    ),
    foreign=st.sampled_from(["Z9-99", "z9–999", "Q3-345"]),
)
def test_a_written_code_wins_or_stops_be_its_case_open_closed_or_nobodys(
    moves: list[tuple[str, str]], foreign: str
) -> None:
    bench = Bench()
    home: dict[str, str] = {}
    for patient in PATIENTS:
        bench.photo(f"first{patient}", origin=patient)
        home[patient] = next(code for code in bench.cases if code not in home.values())
    sent = Counter(PATIENTS)
    for number, (patient, what) in enumerate(moves):
        code, one = home[patient], f"n{number}"
        before = {c: inside(bench, c) for c in home.values()}
        sent[patient] += what in ("photo", "forwarded photo")
        if sent[patient] > photos.MOST:
            continue
        if what == "close":
            bench.answer(code, "close.lost")
        elif what == "two codes":
            other = next(c for c in home.values() if c != code)
            bench.say(f"{code} told me, {other} too {one}")
        else:
            written = foreign if what.startswith("foreign") else code
            if what.endswith("words"):
                bench.say(f"{written} told me {one}")
            else:
                bench.hear(photograph(one, written.lower(), patient if what == "forwarded photo" else None))
        put = [one] if what in ("words", "photo", "forwarded photo") else []
        after = {c: sorted(inside(bench, c)) for c in bench.cases}
        assert after == {c: sorted(names + (put if c == code else [])) for c, names in before.items()}, what


# What a patient may write and a worker forward; none of it answers or commands anything.
LINES = ("none", "yes", "no", "1", "it started last week", "new", "close", "better", "delete", "34, none")
TYPED = ("none", "yes", "no", "don't know", "1", "2", "34", "34, none, none", "no, no")


def told(bench: Bench) -> dict[str, tuple[object, ...]]:
    """What was answered for each case."""
    return {
        code: (case.state.consent, dict(case.state.answers), case.open) for code, case in bench.cases.items()
    }


def asking(replies: list[Reply]) -> str:
    """The case whose question was shown last, '' where none was."""
    for reply in reversed(replies):
        of = {codes.unwrapped(choice.code) for choice in reply.choices}
        # Buttons by which something could be done are no question.
        if len({code for code, _ in of}) == 1 and not any(
            inner.startswith(("desk.", "gather")) for _, inner in of
        ):
            return next(iter(of))[0]
    return ""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(PATIENTS),
            st.sampled_from(
                ["photo", "line", "word", "word", "word", "button", "code", "open", "hear", "better"]
            ),
            st.sampled_from(LINES),
            st.sampled_from(TYPED),
            st.sampled_from([10.0, 10.0, 400.0]),
        ),
        min_size=4,
        max_size=16,
    ),
    channel=st.sampled_from(["telegram", "whatsapp"]),
)
def test_a_typed_answer_without_a_code_is_of_the_question_that_was_shown_last(
    moves: list[tuple[str, str, str, str, float]], channel: str
) -> None:
    """shown: the case whose question the worker was shown last; crossed: those before it, while they may be on the way."""
    bench = Bench(channel=channel)
    home: dict[str, str] = {}
    shown, crossed = "", list[tuple[str, float]]()
    for number, (patient, what, line, word, later_s) in enumerate(moves):
        bench.at += later_s
        code, was, waited = home.get(patient, ""), told(bench), bench.desk.unplaced
        if what == "photo" or not code:
            if code and len(bench.cases[code].state.photos + bench.cases[code].state.pending) > 4:
                continue
            new = bench.photo(f"n{number}", origin=patient)
            home.setdefault(patient, bench.desk.current)
            shown, crossed = came(bench, new, shown, crossed)
        elif what == "line":
            new = bench.forward(line, patient)
            after = told(bench)
            assert {c: after[c] for c in was} == was, (line, "a patient's line answers and commands nothing")
            shown, crossed = came(bench, new, shown, crossed)
        elif what == "word":
            near = [c for c, at in crossed if bench.at + 10.0 - at <= CROSSING_S and bench.cases[c].asks]
            first = word.partition(",")[0]
            fits = [c for c in near if c != shown and in_a_row.answer(bench.cases[c], first, "en")]
            new = bench.say(word)
            changed = {c for c, now in told(bench).items() if now != was.get(c)}
            if waited and "whose" in keys(new):
                assert not changed, (word, "what is asked about answers nothing")
                continue
            if waited:
                assert len(changed) <= 1, (word, changed)
            elif fits and shown and bench.cases[shown].asks:
                assert keys(new) == ["whose"], (word, shown, fits)
                assert [codes.unwrapped(c.code)[0] for c in new[0].choices] == [*fits, shown]
                assert not changed, (word, shown, fits)
                continue
            else:
                assert changed <= {shown, *(c for c, _ in crossed)}, (word, shown, changed)
            shown, crossed = asking(new) or shown, []
        else:
            case = bench.cases[code]
            if what == "button" and case.asks:
                # Of answers in a row that wait it is said behind it that they are not used.
                reply = next(r for r in reversed(bench.say(f"open {code}")) if r.choices)
                new = bench.press(f"{code}~{harmless(reply)}")
                assert {c for c, now in told(bench).items() if now != was[c]} <= {code}
            elif what == "code":
                new = bench.say(code)
                assert {c for c, now in told(bench).items() if now != was[c]} <= {code}, waited
            else:
                new = bench.say(f"{code} {'open' if what == 'button' else what}")
            shown = asking(new) or shown
            crossed = [(c.code, c.at) for c in bench.desk.crossed] if bench.desk.unplaced else []


def came(
    bench: Bench, new: list[Reply], shown: str, crossed: list[tuple[str, float]]
) -> tuple[str, list[tuple[str, float]]]:
    """What is shown last, and what stood open before it, once something was forwarded."""
    last = asking(new)
    if not last or last == shown:
        return shown, crossed
    return last, [
        *((c, at) for c, at in crossed if c not in (last, shown)),
        *([(shown, bench.at)] if shown else []),
    ]
