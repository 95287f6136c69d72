"""Language packs in the database: what people translate, check, review and make live, without a file on the server.

  rows      the tables
  life      what may happen to a version, and why not: draft -> checked -> reviewed -> live -> retired. Pure
  store     versions: made, copied, moved through their life
  written   their sentences: saved on top of what was seen, approved by a second person
  seed      the shipped packs become versions
  stage     what speaks; counts its revisions
  steps     the steps of a version's life, taken: check, review, activate, roll back, retire
  shelf     the live versions as a library of `locales`
  watch     every process looks for a new revision, and takes it whole
  whole     how whole a version is. Pure
  checking  a version before the gate of `locales`
  describing  what is said of a language itself, held to rules. Pure
  upload    a .po that somebody sends: hostile until proven. Pure
  export    the .po of a version
  counted   what was shown untranslated, which words were not understood: counted, never with who
  preview   the whole conversation of a sample case, as each channel shows it

A live version never changes: to change it, a new version is made of it. Sentences are kept with the hash of the English they
were made for; where the English is another one by now they are untranslated.
"""
