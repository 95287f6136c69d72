"""The desk of a health worker: a chat that holds many patients, each an ordinary conversation, above them a router. Pure.

The way of an event:
events        what a desk asks of the world and is told of it
state         `DeskState`, `Case` and their JSON
step          the one entrance: (desk, event, cases, around) -> desk, replies, effects, changed cases
sitting       one step while it is made
danger        every text is screened here, before anything else is done with it
worse         "it got worse": of which case, and beside it something of health, of private parts or of a small baby
said          what a worker said, sorted
typed_danger  danger in typed words, of a case that they name or could be of
offered       typed words for a choice of the last list
codes         case codes in text and in buttons
commands      typed words: list, today, open, refer ...
gather        which case an item belongs to: this one, a new one, or a question
sorting       items put into cases: which case, or held until the worker has said whose they are
somebody      whether words beside a photograph are of another patient than the case's
keeping       what becomes part of a case, and what the case says of it
waiting       what is held: asked about, answered, let go of after a day
in_a_row      answers and words for one case
crossing      of which case a word is that names none; asked where two are meant

What a worker does:
deeds         with a case: open, refer, hand over, close, escalate, link, signs
closing       closed, with how it ended
mistaken      a wrong photograph is taken out of a case: which of several
handing       to whom a case is handed
consented     may the case teach the model? Asked of the patient
plain         without a case: help, the week, NEW, language, STOP, DELETE, leaving
lists         open cases, those due today, counts of the week

What a clinician does:
clinic        which cases wait, one taken, its summary, the answer
prepared      how the answer is read, and why prepared words are not sent

How a case is told:
voice         a case's reply as a worker hears it
professional  the answer for a professional
told_signs    the signs of danger, sorted by what was told of them
facts         what was told of a patient, in words
letter        the referral letter of a case
wording       ages, counts, one line for one case
"""

from bot.conversation.desk.events import Around, CaseEvent, DeskStep
from bot.conversation.desk.state import Case, DeskState, is_desk, read_desk, write_desk
from bot.conversation.desk.step import step

__all__ = [
    "Around",
    "Case",
    "CaseEvent",
    "DeskState",
    "DeskStep",
    "is_desk",
    "read_desk",
    "step",
    "write_desk",
]
