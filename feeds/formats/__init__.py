"""Facts into fragments, fragments into documents; one module a format.

Each has `fragment(entry) -> bytes` and `document(feed, items) -> bytes`, and none
knows another.
"""
