"""Registrations in one line."""

from feeds.registry import Registration


def as_topic(name: str, *, place: str = "here", **facts) -> Registration:
    return Registration(kind="topic", name=name, place=place, **facts)


def as_provider(name: str, *, place: str = "here", **facts) -> Registration:
    return Registration(kind="provider", name=name, place=place, **facts)
