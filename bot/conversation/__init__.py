"""The conversation: pure, (chat state, event) -> (chat state, replies, effects).

The way of an event:
events        what can happen to a chat and what it can ask the world to do
state         `ChatState`, what is remembered, and its JSON
here          `Here`, the facts of the deployment that every message brings
step          the one entrance: which part handles an event
heard         what a person said, sorted: commands, photographs, answers, free text
screening     free text of any moment, screened for danger before anything else is done with it
unseen        private parts and small babies that words speak of: no photograph of them is taken
unseen_words  hearing them
handover      whoever wants to die or is hurt by somebody: the fixed hand-over to people
health        what a person writes of their health by the way
typed         typed numbers and words, matched to choices, commands and topics
ages          a typed age: a group only where nothing is in doubt
numerals      numbers in words
tens          numbers from ten up in words
body          places of the body in typed words
splitting     a text of several parts
commands      what works at any moment: help, stop, delete, language, new
commanded     what a command does
recordings    voice messages: kept, counted, and answered where their words are known
edits         an edited message answers its own question anew
too_early     an answer written before its question could be read
answers       a button, or words that stand for one: an answer to the question that stands open
words         words: an answer, else a topic, else a kind sentence and the question again
moments       when a chat is woken by the clock
course        where a chat stands: the order of the parts
saying        the reply that an event leads to: notes, then the present question or result

The parts of a case, in their order:
language      guessed, offered in its own script, changed at any time
consent       three short sentences; nothing is looked at before a yes
photos        kept back before consent, coached, counted, and which case they belong to
taking_out    the wrong photograph is taken back
signs         the signs of danger in words: two grouped messages, one more of what fits
raising       whether health and the skin's colour are worth asking about
questions     age, health, kind, place, skin, and what is felt and seen of the spot
picking       what a health worker's patient has, in one list: a tap for none or one, several one after the other
planning      the questions that the engine would ask of a spot, and the fixed order without one
ruled         what the community rules find in a case, without a model
results       what a case comes to, in words
others        whether others can catch it, work and home: of several answers the most careful
talk          what a language model said of a case, after the guard: described features, an answer in its own words
followup      answers to the questions that come after a result
teaching      whether a case may teach the model
visits        a visit to a health worker that is told before anybody asks
whereto       where to go, under a result and to who asks
another       a photograph after a result: of the same problem or of a new one; what a result leaves to be asked later
elsewhere     words that may be of another problem or another person: after a result, or of a photograph just before
whose         a photograph beside words for somebody: of the same person, where the case is open or told
later         the question of a reminder, and what is to be asked when
reminding     what follows from its answer: closed, left, opened again

Health workers:
desk          a chat that holds many patients
linking       the chat of a patient whose health worker has a case of theirs

The order of a case: language, consent, age, signs of danger, health (where it could raise what was reached), kind, place, the
signs that fit; then of a spot photograph, the questions that matter (at most four), findings, menu, and before the findings the
skin's colour where nothing else sends the person to a health worker; of a rash or another wound the rules' questions (at most
four), findings, menu. Of a health worker's patient also how long it has been there, and one list of symptoms in place of the
questions about them.
"""

from bot.conversation.state import BadState, ChatState, from_json, new_state, to_json
from bot.conversation.step import step

__all__ = ["BadState", "ChatState", "from_json", "new_state", "step", "to_json"]
