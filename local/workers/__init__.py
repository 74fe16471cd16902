"""The processes that functions run in.

`zygote.py` is what runs in them and imports the standard library alone; the rest is the engine's side: a process and
its channel (`process`), a function's zygote (`fork`), what a worker is told about where it runs (`variables`), and
which worker runs an invocation (`pool`).
"""
