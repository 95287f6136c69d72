"""The top layer: the only place where a message and a tensor meet.

A turn, from claim to replies queued:
turn                 one chat
units                the next thing that happens to a chat, and the chat's row
photographs          fetched from its channel, checked, stripped, judged, encrypted, stored; read again
hearing              voice messages written down, where the deployment brings a model for it
desk                 the turn of a health worker's chat
clinicians           a clinician's: which cases wait, taking one, the answer
listening            a turn that only reads aloud
joining              a typed invitation
linking              a patient's chat linked to a health worker's case
effects              what a turn writes beside its state
chat_rows            what hangs on a chat and goes with it
duty                 who is on duty hears at once of somebody who wants to die or is hurt
knocking             what is done where such an alert could not leave
patient_cases        a patient's own case before the clinicians
awaited              what a clinician asked for has come
opinions             a clinician's answer on its way to a patient's chat
telling              what a turn says in other chats
counting             what the plots count

Thinking:
engine               findings wanted -> batch -> model -> written
late_findings        findings that nobody makes: a person must look
talking              sentences wanted -> language model -> written
talk_claims          which sentences are begun next
engine_threads       both, woken and never waited for
engine_process       the model in a process of its own
typing_shown         "typing" while findings are wanted
findings             model, coach and rules joined into the chat's `Findings`
loaded               the seams to `model`
model_loading        loads the model that the settings name
model_card           what an engine says of its model

From queued to sent:
deliver              one chat's replies, in order
media_out            what is seen and heard of a reply: laid out, opened when it leaves
voice                messages read aloud
unreached            an answer that could not reach the patient: the health worker tells it in person

By the clock:
sweep                wakes what is overdue, has deleted what is due
jumps                after a leap of the clock, deleting by age waits
catching_up          messages that a provider holds and never told us of
retention            holds to the table of ages
retention_rules      that table
retention_acts       what becomes of rows that are too old
kept                 it, and what is kept by other rules, for people to read
stragglers           what was being sent while its chat was erased
orders               what the console ordered
case_erasing         erasing a case
backup               a backup of the database
training_set         a training set of cases whose patients agreed
sounds               sentences that somebody at the console wants to hear

Put together:
parts                what all of these share, built once a process
opened               the database, for as long as a command needs it
preparing            a database brought up to date
app                  the Celery tasks
running              Celery workers inside a process
serving              the web process and the workers
embedded             everything in one command
inline               everything in one thread
webhooks             tells Telegram where to deliver, also beside a server that starts
polling              `ngozi poll`

The command line:
cli                  `ngozi`
demo                 `ngozi demo`
trial                `ngozi try`
doctor               `ngozi check`
keys_checked         whether the master keys are those of this database
bench                `ngozi bench`
erasing              `ngozi erase`; master keys rotated
user_commands        `ngozi user`
place_commands       `ngozi places`
case_commands        `ngozi cases`
audit_commands       `ngozi audit`
lang_commands        `ngozi lang`: the packs of the folder
pack_commands        `ngozi lang`: the packs in the database
packs_opened         that database, opened for them
pack_reading         what a reviewer at a terminal is shown before they approve it
model_commands       `ngozi model`: train and evaluate
model_shell          what its commands share
findings_command     `ngozi model findings`
ask_command          `ngozi model ask`
questions_command    `ngozi model questions`
teach_command        `ngozi model train --step`
taught_notes         the catalogue's English, as the language model is taught to say it
ear_command          `ngozi model ear`
convert_command      `ngozi model convert`
model_bench_command  `ngozi model bench`
"""
