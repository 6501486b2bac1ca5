"""Who is who: the names that topics and providers are known by, and which one counts."""

from feeds.registry.claims import registry_of
from feeds.registry.model import Fault, Kind, Registered, Registration, Registry
from feeds.registry.names import collisions, image_url

__all__ = [
    "Fault",
    "Kind",
    "Registered",
    "Registration",
    "Registry",
    "collisions",
    "image_url",
    "registry_of",
]
