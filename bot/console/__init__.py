"""The console without its web pages: who may sign in, for how long, and what each role may see and do.

roles     rights, and which role has which
logins    names and passwords
codes     one-time codes
sessions  who is signed in
throttle  how often a guess may be made
"""
