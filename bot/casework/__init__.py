"""What is true of a case whoever holds it: the desk in a chat, its row, the console. Pure.

codes     short codes such as K7-42, made and found in what was typed
weighing  how soon a patient must be seen, by a clinician's word and by what was reached since
due       by when an answer is due, and a worker's next look
answers   a clinician's prepared sentences and own words: as kept, as told
"""
