"""What stands beside a sign in a text and makes less or more of it: a mole on a toe, the sun, a fever with a mouth sore. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bot.clinical import listed
from bot.clinical.matching import Matcher, Span

__all__ = ["black_moles", "explained", "sores_with_more", "well_digits"]

# On a toe or finger these may be black and it is well. Of a mole nobody asks after the toe; of a spot or a nail they do.
_MOLES = ("mole",)
_MARKS = (*_MOLES, "mark", "spots")
# Where the sores of D18 are; with a fever, a rash or blisters one place is enough: its second question asks for these.
_PLACES = (("inmouth", "mouth", "oral"), ("eye",), ("private", "below"))
# A sign, the everyday cause of it that a text may name, and what else is named takes that back: what the sun burns or darkens.
# That is asked about. Blood that is seen or taken and a stye are no such causes: they stand beside what kills and what blinds.
_CAUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    **{f"words.sign_d{n}": ("sun", ("hotstuff", "acid", "spilled")) for n in (28, 29, 30, 46)},
    "words.sign_d12": ("sun", ("sore",)),
}

States = Callable[[str], tuple[Span, ...]]


def explained(name: str, matcher: Matcher, states: States) -> frozenset[int]:
    """Clauses in which what a list of signs hears has the everyday cause that a text names, and nothing speaks against it."""
    cause, against = _CAUSES.get(name, ("", ()))
    if not cause or any(map(states, against)):
        return frozenset()
    return frozenset(matcher.typed.clause) if states(cause) else frozenset()


def well_digits(matcher: Matcher, states: States) -> frozenset[int]:
    """Clauses in which what is black on a toe or finger is a thing on it, none where anything in the text is dying.

    "Black mole on my toe" tells of the mole; "black spot on my toe and it is numb" tells of the toe, and so does any black
    spot there of whoever names diabetes.
    """
    found = _clauses(matcher, _MARKS)
    return frozenset() if found and states("dying") else found


def black_moles(matcher: Matcher) -> frozenset[int]:
    """Clauses in which a mole is named and whatever is black is the mole: the word stands in its name or right beside it.

    "The mole is fine but my toe went black" and "black toe and a mole on it" tell of the toe too.
    """
    clause = matcher.typed.clause
    own = {n for at in _places(matcher, _MOLES) for n in range(at[0] - 1, at[-1] + 2)}
    other = {clause[at[0]] for at in _places(matcher, ("black",)) if own.isdisjoint(at)}
    return _clauses(matcher, _MOLES) - other


def sores_with_more(sores: frozenset[int], states: States) -> bool:
    """True where sores in the mouth, the eyes or on private parts come in two of these places, or with fever, a rash or blisters.

    sores: places of the words that state them. A blister in the mouth is the sore itself: it counts beside another word for one.
    """
    named = sum(any(states(part) for part in parts) for parts in _PLACES)
    if named > 1 or states("fever"):
        return True
    words = {n for span in states("sore") for n in span.at} & sores
    more = [{*span.at} for part in ("rash", "blisters") for span in states(part)]
    return any(sores.isdisjoint(at) or words - at for at in more)


def _clauses(matcher: Matcher, names: tuple[str, ...]) -> frozenset[int]:
    return frozenset(matcher.typed.clause[at[0]] for at in _places(matcher, names))


def _places(matcher: Matcher, names: tuple[str, ...]) -> list[tuple[int, ...]]:
    parts = (part for name in names for part in listed.alone(name).parts)
    return [span.at for part in parts for span in matcher.spans(part)]
