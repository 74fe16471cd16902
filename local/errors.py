"""What a run says in one line, since the person at the terminal can do something about it."""


class LocalError(RuntimeError):
    """A reason not to run, or to end. The message says what to do.

    Its kinds are beside what raises them: a setting, a taken port or folder, a synthesis or a deployment that failed,
    an engine of another version.
    """
