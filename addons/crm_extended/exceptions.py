"""What can go wrong in the suite, by name."""


class RunStopped(Exception):
    """A person pressed Stop: the run goes back to the state before it began."""
