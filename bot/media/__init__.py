"""Photographs, from the bytes a channel hands over to the moment they are erased.

intake       accept(): is it a photograph we take, and what is left of it without metadata
coach        judge(): good enough to be looked at, or the one thing to change
coach_curve  the program that measured the thresholds; figures in curves/, drawn by curve_svg
vault        Vault: encrypted storage, one key a photograph; erasing destroys the key
drawn        draw(): skin pictures drawn by a program, for the demo and the tests

Sealing of small things (wrapped keys, spool files) is bot.sealing.
"""
