"""Articles in, documents out: selects, orders, renders and publishes feeds.

The modules stand on floors (see the contracts in pyproject.toml); the pure core
(errors to snapshot) does no I/O and reads no clock. This package knows no HTTP.
"""

__version__ = "0.1.0"
