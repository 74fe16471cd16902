"""The processes that functions run in.

`inside` is what runs in them. The rest is the engine's side: a process and its channel (`worker`), a function's zygote
(`forking`), what a process is told about where it runs (`package`), which worker runs an invocation (`pool`), and what
the engine makes of its end (`invocations`).
"""
