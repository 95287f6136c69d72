"""A health worker's cases: one row is one skin problem of one patient. And what clinicians say of a case, whoever's it is.
What is true of a case without a database: `bot.casework`.

The row:
taken_codes  which are taken, and for how long
store      opened, found, saved (optimistically), closed
moving     a case goes to another chat
forgotten  what is left of cases that are erased
at_desk    a stored case as the conversation of a desk holds it
weighing_sql  how soon a patient must be seen, as the database works it out

Who looks after it:
keepers    whose chat a case is of, what they may see of it, what they leave behind
links      cases whose patient has linked their own chat, and the end of it
handed     who gets cases from the console is told in their chat
left       cases that no health worker looks after any more
summary    a worker's week in numbers

The clinicians:
clinic     the clinicians' queue: escalate, claim, answer, tell
claims     given back by who can answer no more
inbox      their list at the console: who waits for a person first, then the most pressing
sight      who may see a photograph and hear of a case, and the photograph where they may
seen       who looked at which case: one row a case, a person and a day
casefile   all that is known of a case, as a clinician reads it (pure)
spoken     what was said about a case, in the order of time
notes      what people wrote about a case, sealed
deeds      what a clinician does at the console: checked, done and put into the audit trail
closing    who is told that a clinician closed a case

What is learned of it:
opinions   what clinicians think a case is, beside what was told, in codes only
agreement  how often they agree with what was told (pure)
review     blinded review of sampled answers, in rounds
blinded    such an answer as a rater sees it
raters     how far several raters agree (pure)
teaching   consent that a case may teach the model
taught     the cases that may teach a model, all at once
"""
