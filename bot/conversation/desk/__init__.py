"""The desk of a health worker: a chat that holds many patients, each an ordinary conversation, above them a router. Pure.

The map:
  step          the one entrance: (desk, event, cases, around) -> desk, replies, effects, changed cases
  events        what a desk asks of the world and is told of it
  state         `DeskState`, `Case` and their JSON
  gather        which case an item belongs to: this one, a new one, or a question
  sorting       items put into cases: which case, or held until the worker has said whose they are
  keeping       what becomes part of a case, and what the case says of it
  waiting       what is held: asked about, answered, let go of after a day
  codes         case codes in text and in buttons
  said          what a worker said, sorted;  in_a_row: answers and words for one case
  crossing      of which case a word is that names none, and whose it is asked
  commands      typed words: list, today, open, refer ...
  deeds  closing  plain  lists  what they do with a case, and without one;  handing: to whom a case is handed
  sitting       one step while it is made
  voice         a case's reply as a worker hears it
  professional  the answer for a professional;  told_signs  letter  wording   parts of it
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
