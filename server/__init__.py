"""Feeds out: the HTTP server, the schedule and the command line."""
