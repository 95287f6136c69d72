"""The top layer: the only place where a message and a tensor meet.

turn      one chat, from claim to replies queued        deliver  from queued to sent
engine    findings wanted -> batch -> model -> written   sweep    wakes what is overdue, deletes what is due
typing_shown  "typing" while findings are wanted
retention_rules, kept  what is kept how long             retention  has the rest go
talking   sentences wanted -> language model -> written   engine_threads  both, woken and never waited for
stragglers  what was being sent while its chat was erased
parts     what these share        app, embedded, cli  put the parts together
"""
