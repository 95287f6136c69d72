"""Language packs in the database: what people translate, check, review and make live, without a file on the server.

rows            the tables
life            what may happen to a version, and why not: draft -> checked -> reviewed -> live -> retired. Pure
seed            the shipped packs become versions
store           versions: made, copied, moved through their life
beginning       how a draft begins: a new language, or the next version of one
language_names  what languages are called, by Babel
describing      what is said of a language itself, held to rules. Pure
written         their sentences: saved on top of what was seen, approved by a second person
upload          a .po that somebody sends: hostile until proven. Pure
resumed         whether it is one that was sent before, mended
export          the .po of a version
whole           how whole a version is. Pure
checking        a version before the gate of `locales`
preview         the whole conversation of a sample case, as each channel shows it
sounds          sentences that somebody at the console wants to hear
steps           the steps of a version's life, taken: check, review, activate, roll back, retire
stage           what speaks; counts its revisions
watch           every process looks for a new revision, and takes it whole
shelf           the live versions as a library of `locales`
counted         what was shown untranslated, which words were not understood: counted, never with who

A live version never changes: to change it, a new version is made of it. Sentences are kept with the hash of the English they
were made for; where the English is another one by now they are untranslated.
"""
