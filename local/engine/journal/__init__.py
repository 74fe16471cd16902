"""The log beside the snapshots: what was acknowledged since the last one is there after a `kill -9`.

Each record holds the effect of one request, not the request: an item as it is now, or that it is gone. A record may
therefore be applied again to a state that has it already, so that the log fits a snapshot of any moment.

`frames` lays out a record, `segments` has the files and the lock, `items` and `queues` take note of changes and apply
them again, `streams` keeps what functions have not been told of, `replaying` puts it all back at a start.
"""
