"""Faults on purpose: real processes are killed while people talk, and the fake providers' logs are counted.

people     what they say, and the platform's JSON and forms of it
reference  what each of them must be told, from the same code run without any fault
stack      the real processes, and whoever starts them again
stand_in   in place of the trained model, so that a killed model worker is back in a second
harness    `make faults`: feeds, kills, lets it settle, counts; short in `make test` (test_short)
counting   what the providers' logs say of one person: pure, tested by itself
"""
