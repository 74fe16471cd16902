"""AWS on this machine: ministack in this process, with what it lacks for this stack put in.

`environment.prepare` comes first: ministack reads the environment when it is imported, so nothing here may import it
before.
"""
