"""The console without its web pages: who may sign in, for how long, and what each role may see and do.

roles           rights, and which role has which
logins          names and passwords
codes           one-time codes, and spare codes on paper
throttle        how often a guess may be made
sessions        who is signed in
staff           people and roles as an administrator sees and changes them
operations      how the service is doing, in numbers
again           what was given up, tried once more
erase_search    what somebody wants erased, found by what they can tell
retention_told  what is kept how long, as the worker that deletes it told
plot_svg        bars, drawn on the server
"""
