"""What an operator sees of the local cloud: metrics, alarms, frames, connections, rooms, answers, queues.

Nothing in here is asked by a function or a client, and all that is kept is bounded: who looks must not be felt.
"""
