"""What is kept how long, for the technician's table and the console's: by age (worker.retention_rules), and by other rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.retention_rules import RULES

__all__ = ["ELSEWHERE", "Kept", "table", "told"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of the technician's table. code: the console has its sentences as `console.kept.<code>` and `_why`."""

    code: str
    what: str
    how_long: str
    why: str


ELSEWHERE: tuple[Kept, ...] = (
    Kept(
        "photographs",
        "photographs (encrypted, each with its own key)",
        "`NGOZI_PHOTO_DAYS`",
        "consent names the days",
    ),
    Kept(
        "early_photo",
        "a photograph sent before consent",
        "1 day",
        "an answer may come; the reference only, the web chat's encrypted",
    ),
    Kept("page", "what the page of the web chat shows", "`NGOZI_PHOTO_DAYS`", "the page survives a reload"),
    Kept(
        "owed",
        "texts of unread messages, replies that have not left, findings not told",
        "until done",
        "they are owed",
    ),
    Kept(
        "question",
        "a question for later: its kind and time",
        "until asked, 29 days at most",
        "so that it can be asked",
    ),
    Kept("spool", "calls in the spool, sealed", "until drained", "the database was away"),
    Kept(
        "aside",
        "a call that the database refuses, sealed",
        "30 days",
        "it is tried again every hour; so that somebody can look into it",
    ),
    Kept("erased", "that a chat was erased: time, counts, a keyed hash", "kept", "proof without a name"),
    Kept(
        "staff",
        "who signs in at the console: name, hash of the password, sealed secret of one-time codes",
        "kept",
        "until an administrator forgets them; no patient's",
    ),
    Kept("trail", "the audit trail: numbers, hashes, counts", "kept", "a chain that is cut is no proof"),
    Kept(
        "members",
        "members: number, role, since when; who joined, left, handed over",
        "kept",
        "who answers for a case; without a name",
    ),
    Kept(
        "staff_chat",
        "the chat of a health worker or clinician",
        "until they leave or are removed",
        "their cases are told there",
    ),
    Kept(
        "places", "places to send people to", "until replaced", "the deployer's directory, no person's data"
    ),
    Kept(
        "looks",
        "which clinician looked at a case, by day",
        "as long as the case",
        "one row of the audit trail a day, not one a look",
    ),
    Kept(
        "weekly",
        "when a health worker's next weekly summary is due, and whether they want it",
        "kept",
        "so that one comes a week; a time, without a name",
    ),
    Kept(
        "photo_terms",
        "how many days photographs were kept, and since when",
        "kept",
        "nobody's are kept longer than they were told; of nobody",
    ),
    Kept(
        "word",
        "a word that was not understood, by language",
        "90 days",
        "of nobody; only its keyed hash until five texts had it",
    ),
    Kept(
        "untranslated",
        "how often a sentence was sent untranslated",
        "kept",
        "what a language pack lacks; of nobody",
    ),
    Kept(
        "opinion",
        "a clinician's opinion of a case that is gone: codes, month",
        "kept",
        "how often people and computer agree; of nobody",
    ),
    Kept(
        "teaching",
        "that a case may teach the model: when, to which words, taken back",
        "as its case",
        "a training set holds no other",
    ),
    Kept(
        "training_set",
        "a training set that was ordered at the console",
        "7 days",
        "to be fetched; its photographs are not encrypted",
    ),
    Kept(
        "scores",
        "scores of blinded reviews, without the case once it is gone",
        "kept",
        "what answers were worth; of nobody",
    ),
)


def table() -> str:
    """The table of deploy/TECHNICIAN.md, in Markdown."""
    lines = ["| what | kept | why |", "| --- | --- | --- |"]
    aged = [Kept(r.code, r.what, f"{r.days} days", f"{r.why} (`{r.code}`)") for r in RULES]
    return "\n".join([*lines, *(f"| {k.what} | {k.how_long} | {k.why} |" for k in (*ELSEWHERE, *aged))])


def told() -> dict[str, list[Any]]:
    """The table as the console is told it: rows of what, how long and why in English, and the code of each row."""
    rows = [*ELSEWHERE, *(Kept(r.code, r.what, f"{r.days} days", r.why) for r in RULES)]
    return {"kept": [[k.what, k.how_long, k.why] for k in rows], "codes": [k.code for k in rows]}
