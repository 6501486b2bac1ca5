"""`python -m server` is the command `stoker`."""

from server.cli import main

main()
