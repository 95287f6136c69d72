"""A town of made-up patients who talk with Ngozi, and what must hold in every one of their talks.

The map:
  phrases/*.yaml  what worried people type; written from the facts, never seen by the matcher
  phrases         those files, read
  labels          truths from the data set of photographs (a folder that is not part of the repository)
  truths          what is true of a patient: from the rule tables of bot.clinical, or from the data set
  people          who they are and how they behave, drawn from a seed
  minds           what somebody does next: reads the last message, presses, types, sends, goes silent
  worlds          where they talk: over bot.conversation.step, with a stand-in for the engine
  stages          the same over the real turn and a real database
  playing         one person's talk, move by move
  checks          what must hold, and what went wrong
  hearing         every phrase once, at three moments of a case
  report          the table

`python -m tests.simulator --people 1000 --seed 1 [--data DIR]` plays them, prints and writes docs/simulator.md.
"""
