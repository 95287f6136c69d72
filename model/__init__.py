"""Pictures and numbers: the network, its training, its evaluation. Knows no chat, no settings and no database."""

import os

# Before torch loads OpenMP, which reads it once. By default a thread that waits spins: on a machine that does something else
# too, two threads on two cores then took over 5 s for a photograph that one thread does in 0.4 (LOG.md, 2026-11-24).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
