"""Pictures and numbers: the network, its training, its evaluation. Knows no chat, no settings and no database.

A photograph on its way to an answer:
diagnose         the seam: photographs and answers in, an `Analysis` out
analysis         what the model says of one case
answers          what was asked beside the photograph, in one form
bundle           a trained model on the disk, with all that follows here
machine          how torch is to use this machine
pixels           from a photograph to the numbers the network sees
vision           EfficientNet-Lite2, the network that looks
scope            is it what the model has learned from
look             what the networks make of a photograph, view by view
concepts         what can be seen of a spot, in a few plain concepts
evidence         what the answers say, whatever part of them is known
fuse             photograph and answers as one distribution
decide           from probabilities to urgency, or abstaining
ask              the question that matters next

Words about it:
talk             questions about a photograph, answered in words: the seam
talkers          whichever model lies in a folder
network          SkinGPT: photographs as soft tokens in a prompt
presets          its sizes
language         the language model behind it
tries            how often making it was killed
prompts          what is said to it, and how its answer is read
speak            words from soft tokens alone
relevance        whether an answer is to the question
image_text       any other vision-language model
checkpoint       SkinGPT-4 as its authors published it
convert          that as safetensors
trained          what we trained of a SkinGPT, on the disk

Many answers at once:
generate         requests wait in line, rows join and leave a batch
requests         what is asked and what comes back
running          a request on its way
batch            the rows that are being answered
cache_rows       keys and values of single rows
own_rows         no row's numbers depend on its company
spoken           what a row has said so far
score            how likely each of several continuations is
word_head        the last layer, over the words that are needed
w8a8             matrices in int8 for a CPU

Training:
data             tables of photographs
augment          photographs as another hand and phone would have taken them
progress         how far a long work is, for whoever watches it
fit              fine-tunes one network
train            trains everything that ships
eyes_fit         what the Q-Former looks for
foreign          pictures that are no photograph of skin
scope_fit        the scope check
words_fit        the language model of the compact model
notes            what it is taught to say
relevance_fit    the judge of questions
told_fit         the second listener for danger (`bot.clinical.ear`)
teaching_data    what a SkinGPT is taught from
teach_config     settings of one such training
lessons          what it is taught in words, and how far it is from saying it
taught_photos    of which photographs
taught_parts     which parts of it learn, and how fast
teach            its two steps
teach_run        a whole training

What it is worth:
evaluate         the report on a model
metrics          figures with intervals
groups           figures by skin type
coverage         what abstaining buys
failures         ten failures in words
scope_report     how often the scope check is wrong
ask_curve        what questions are worth
ask_bound        the most that two could give, chosen in hindsight
ask_report       that curve as a table and a picture
words_check      whether words and numbers say the same
words_ablation   step 1, step 2, both
relevance_check  how good the judge of questions is
plots            the pictures of a report
bench            how fast a SkinGPT answers
bench_models     which
bench_report     in figures and words

Beside it: MODEL_CARD.md, LOG.md (every experiment, dated), weights/, report/.
"""

import os

# Before torch loads OpenMP, which reads it once. By default a thread that waits spins: on a machine that does something else
# too, two threads on two cores then took over 5 s for a photograph that one thread does in 0.4 (LOG.md, 2026-11-24).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
