"""The exit codes of `stoker`, in one place."""

FAILED = 1
WRONG_SETTINGS = 2  # click's own code for wrong usage, too
QUARANTINE = 3
BUSY = 4
