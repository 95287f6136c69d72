"""Photographs and voices, from the bytes a channel hands over to the moment they are erased.

intake       accept(): is it a photograph we take, and what is left of it without metadata
coach        judge(): good enough to be looked at, or the one thing to change
recordings   a voice message, kept as Opus in Ogg or AAC in MP4, or refused
webm         the Opus packets of Chrome's recorder
ogg          Opus packets as a file that every channel plays
mp4          the AAC of Safari's recorder, without what could tell place or device
vault        Vault: encrypted storage, one key a photograph; erasing destroys the key
handles      a sealed thing's handle as text: whoever drops it has erased the thing
address      where a platform may fetch one of them, for an hour
coach_curve  the program that measured the coach's thresholds; figures in curves/
curve_svg    draws them
drawn        draw(): skin pictures drawn by a program, for the demo and the tests

Sealing of small things (wrapped keys, spool files) is bot.sealing.
"""
