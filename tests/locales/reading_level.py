"""The reading level of English by Flesch and Kincaid's grade, with a small counter of syllables.

Grade = 0.39 words a sentence + 11.8 syllables a word - 15.59. Source: Kincaid et al. 1975, "Derivation of new readability
formulas for Navy enlisted personnel", remembered. The counter: each run of vowels (y too) is a syllable; a silent e at the end is
none, nor is the e of -es and -ed where it is not spoken; -le after a consonant is one. `KNOWN` holds it to counted words.
"""

from __future__ import annotations

import re

__all__ = ["KNOWN", "grade", "syllables"]

KNOWN = {
    **dict.fromkeys(["skin", "itch", "worse", "patch", "clothes", "healed", "closed", "touched", "edge"], 1),
    **dict.fromkeys(
        ["itches", "worker", "little", "finger", "bedding", "today", "people", "easy", "table"], 2
    ),
    **dict.fromkeys(["infection", "hospital", "treatable", "medicine"], 3),
    "emergency": 4,
}

_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_E = re.compile(r"[^aeiouyl]e$|[aeiouy]le$")
_SILENT_ED = re.compile(r"[^aeiouytd]ed$")
_ES = re.compile(r"[^aeiouy]es$")
_SPOKEN_ES = re.compile(r"(?:[cszxg]|[cs]h)es$")


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one."""
    word = re.sub(r"[^a-z]", "", word.lower())
    count = len(_VOWELS.findall(word))
    silent = _ES.search(word) and not _SPOKEN_ES.search(word)
    if _SILENT_E.search(word) or _SILENT_ED.search(word) or silent:
        count -= 1
    return max(1, count)


def grade(text: str) -> float:
    """The grade of a text. A number counts as one syllable; a sentence ends at . ! ? : or ; before a space."""
    sentences = [s for s in re.split(r"[.!?:;]+(?:\s|$)", text) if re.search(r"\w", s)]
    words = re.findall(r"[A-Za-z0-9']+", text)
    if not sentences or not words:
        return 0.0
    spoken = sum(syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * spoken / len(words) - 15.59
