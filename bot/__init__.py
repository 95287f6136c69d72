"""The domain of chats. A map of the rooms, in the order a message meets them.

What comes in:
web             the web process: webhooks, the web chat, the console, photographs by address, the health page
channels        adapters: a platform's words <-> ours
messages        the frozen data that cross the rooms: what came in, what goes out, what was found
spool           where a verified webhook call waits while the database refuses writes
spool_records   the records of a spool's files
spool_aside     those that the database refuses for their own sake
inbox           inbound rows: receive, claim, finish, park
queue           wake-up calls; the row is the truth
leases          one conditional UPDATE gives a piece of work to one process for a while
media           photographs and voice: check, strip, judge, encrypt, store, erase
photo_terms     how many days a photograph is kept

What is made of it:
conversation    pure: (state, event) -> (state, replies, effects)
clinical        danger signs and conditions: data with sources, pure functions over them
findings        what was found of a case, as JSON and back
plans           plans of questions, as JSON and back
talk            what is wanted of the language model, and what it said
guard           what a machine wrote, held to what may be said to a patient
forbidden       what no machine may say to a patient, as patterns
reading         text as the guard reads it: tricks of spelling, sentences, its language
casework        what is true of a case whoever holds it, pure: its code, how soon, by when, a clinician's answer
cases           a health worker's cases, and what clinicians say of a case
referral        the letter that goes with somebody who is sent on
letter_pdf      the letter as a PDF of one page, in any script
letter_fonts    which fonts a letter needs, and what none of them can draw
letter_type     the fonts as fpdf2 uses them
letter_widths   how wide the pieces of a text are

What goes out:
rendering       a reply in one language, within a channel's limits
listening       read aloud: the button, the words that ask for it, what a chat has chosen
reply_json      replies and their texts as the JSON that rows keep
outbox          what is to be sent: claim, sent, failed, retry times
outbox_silence  what becomes of a chat's line when its person says STOP, and when they write again
dead_letters    replies that were given up: sent once more, or let go
precedence      what of a chat's line goes before the rest
asked           whether a question can have been read by whoever writes
silence         whether a patient said STOP and has not written since
stored_state    what is remembered of a chat, as its row keeps it: a patient's conversation or a desk
resting         what stays of the state of a chat that has long been silent
pace            how fast messages may leave
breakers        whether they leave at all while a provider is down
parts_told      what a provider tells of the parts of a reply, and which part goes again
receipts        what a provider says of a message afterwards
copies          ids of what a provider holds of a chat too, so that erasing reaches it
telling         what is said in a chat that is not the turn's own
alerts          which alerts of those on duty nobody got
reminders       questions that are asked later about a case
weekly          a health worker's summary, on Monday morning
quiet_hours     when nobody is spoken to first

Who works here, and where people are sent:
people          who stands behind a chat: members by number and role
colleagues      how colleagues call each other, and whom a case can be handed to
invitations     the codes that make somebody a worker or a clinician, or link a patient's chat
join_codes      how such codes look, and how they are found in what was typed
places          the directory of where one can be sent
place           one place of it, and the nearest of several
place_file      reads the directory from a CSV file
place_cells     what a cell of that file may hold

Who looks after the service:
console         the console without its pages: who may sign in, what each role may do
packs           language packs in the database
orders          what the console wants done and only a worker can do
audit           who changed what, when
figures         what the plots count, written down
figure_counts   how much there is of it, by day and week
small_groups    what may be shown of counts

What all of them stand on:
settings        environment variables, read once, checked at the edge
settings_table  which there are, and their defaults
settings_accounts  the accounts of Telegram and WhatsApp in them
addresses       addresses of servers, and the passwords in them
master_key      the secret that seals and signs, made at the first start
database        the engine, and one way to open a transaction
tables          the tables, and what each state of a row means
migrations      how a database comes to the newest of them
sqlite_writers  the writers of one process on one SQLite file take turns
sealing         small things sealed with numbered master keys
clock           the database's clock and this process's
durations       a minute, an hour, a day in seconds
local_day       the calendar day of a place
logs            one JSON line an event
errors          the error tree

`bot` never imports torch, `model` or `worker`. `conversation` and `clinical` know no database: import contracts hold both.
"""
