"""A health worker's cases: one row is one skin problem of one patient.

codes    short codes such as K7-42, made and found in what was typed (pure)
store    opened, found, saved (optimistically), handed over, closed, forgotten
links    cases whose patient has linked their own chat, and the end of it
clinic   the clinicians' queue: escalate, claim, answer, tell
claims   given back by who can answer no more
notes    what people wrote about a case, sealed
summary  a worker's week in numbers
"""
