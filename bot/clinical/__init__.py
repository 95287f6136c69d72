"""What is known of skin: data files whose every row names its source, and pure functions over them.

The map:
  rows          reads a data file and refuses what its schema does not allow
  conditions    the six conditions that the model names (conditions.yaml), in everyday words
  danger_signs  the signs of danger that every case is asked (danger_signs.yaml)
  symptoms      what an answer about a spot raises (symptoms.yaml)
  danger        the combining rules: answers in, urgency out; nothing ever lowers one

Nothing clinical is invented here. `source` names the section of the collected facts and its register entry, `tag`
how it was read ('read', 'second-hand', 'memory', 'design'), `status` stays 'unreviewed' until a clinician of the
country of use signs the row.
"""
