"""What is known of skin: data files whose every row names its source, and pure functions over them.

The map:
rows          reads a data file and refuses what its schema does not allow

What a person types, heard for danger:
scripts       how scripts are typed: letters that are mixed up become one
spelling      how words are typed: forms, short and misspelt
phrases       the small language of the phrases in packs
phrase_gate   the gate for them: every phrase of every list is in that language
listed        the danger words of the packs, read once
tongues       which packs' danger words are tried in a text
matching      phrases looked for in what people type
windows       a long text, heard in pieces to its end
alarms        danger words in free text: which signs a text states or speaks of, and what a negation takes back
beside        what stands beside a sign and makes less or more of it
denial        how far a negation reaches, and what takes it back
subjects      who did it: a thing, an animal or a part of the body is no person who hurts
statements    what a text states that is no sign of danger
ear           the second listener: how much a text speaks of each sign, learned
grams         what the second listener sees of a text

The signs of danger:
danger_signs  asked of everybody, asked where they fit, or only heard (danger_signs.yaml)
danger        the combining rules: answers in, urgency out; nothing ever lowers one
modifiers     what raises a reached urgency by one step (modifiers.yaml)

What it may be:
features      what a photograph can show of a spot (features.yaml)
symptoms      what an answer about a spot raises (symptoms.yaml)
questions     what the rules ask, and what the answers of a case say to it (questions.yaml)
community     how answers speak for a condition and against it: the rules (community.yaml)
weighing      what the rules make of answers: weights, what is named, how soon
asking        which question the rules ask next
iacs          the 2020 criteria of scabies as code
conditions    every condition that may be named, in everyday words: the model's six (conditions.yaml), and those that answers
              suspect (community.yaml)
names         names of conditions and words for medicines, which a machine's text is held to (names.yaml, medicines.yaml)

What is done then:
doing         what a person is told to do, so that two results can be compared
sent_on       where no finding can be given: what is said and how soon (sent_on.yaml)
examine       what a health worker examines by hand (examine.yaml)
clinic_says   sentences that a clinician can send by a press (clinic_says.yaml)
follow_up     when somebody is asked again how it is (follow_up.yaml)

Nothing clinical is invented here. `source` names the section of the collected facts and its register entry, `tag`
how it was read ('read', 'second-hand', 'memory', 'design'), `status` stays 'unreviewed' until a clinician of the
country of use signs the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

__all__ = ["unreviewed_rows"]


def unreviewed_rows() -> dict[str, int]:
    """How many rows of each data file no clinician has signed; files of which all are signed are left out.

    Every data file counts, by the mark alone: one that is added later cannot be forgotten here.
    """
    # The room imports this package: it is looked up when asked, not while it is being imported.
    from bot.clinical import rows

    names = sorted(one.name for one in files("bot.clinical").iterdir() if one.name.endswith(".yaml"))
    counts = {name: sum(_marks(rows.document(name))) for name in names}
    return {name: count for name, count in counts.items() if count}


def _marks(value: object) -> Iterator[int]:
    """One for every mapping at any depth whose `status` is anything but 'reviewed'."""
    if isinstance(value, dict):
        if value.get("status", "reviewed") != "reviewed":
            yield 1
        for inner in value.values():
            yield from _marks(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _marks(inner)
