"""The conversation: pure, (chat state, event) -> (chat state, replies, effects).

The map:
  events       what can happen to a chat and what it can ask the world to do
  state        `ChatState`, what is remembered, and its JSON
  here         `Here`, the facts of the deployment that every message brings
  step         the one entrance: which part handles an event
  course       where a chat stands: the order of the parts
  saying       the reply that an event leads to: notes, then the present question or result
  heard        what a person said, sorted: commands, photographs, answers, free text
  commanded    what a command does
  answers      a button, or words that stand for one: an answer to the question that stands open
  words        words: an answer, else a topic, else a kind sentence and the question again
  moments      when a chat is woken by the clock
  screening    free text of any moment, screened for danger before anything else is done with it
  unseen       private parts and small babies that words speak of: no photograph of them is taken; unseen_words: hearing them
  handover     whoever wants to die or is hurt by somebody: the fixed hand-over to people
  typed        typed numbers and words, matched to choices, commands and topics
  ages         a typed age: a group only where nothing is in doubt
  talk         what a language model said of a case, after the guard: described features, an answer in its own words
  linking      the chat of a patient whose health worker has a case of theirs
  picking      what a health worker's patient has, in one list: a tap for none or one, several one after the other
  ruled        what the community rules find in a case, without a model
  others       whether others can catch it, work and home: of several answers the most careful
  later        the question of a reminder, and what is to be asked when
  reminding    what follows from its answer: closed, left, opened again
  another      a photograph after a result: of the same problem or of a new one; what a result leaves to be asked later
  edits        an edited message answers its own question anew
  planning     the questions that the engine would ask of a spot, and the fixed order without one
  health       what a person writes of their health by the way
  raising      whether health and the skin's colour are worth asking about
  recordings   voice messages: kept, counted, and answered where their words are known
  teaching     whether a case may teach the model
  language  consent  photos  signs  questions  results  followup  commands      one part each

The order of a case: language, consent, age, signs of danger, health (where it could raise what was reached), kind, place, the
signs that fit; then of a spot photograph, the questions that matter (at most four), findings, menu, and before the findings the
skin's colour where nothing else sends the person to a health worker; of a rash or another wound the rules' questions (at most
four), findings, menu. Of a health worker's patient also how long it has been there, and one list of symptoms in place of the
questions about them.
"""

from bot.conversation.state import BadState, ChatState, from_json, new_state, to_json
from bot.conversation.step import step

__all__ = ["BadState", "ChatState", "from_json", "new_state", "step", "to_json"]
