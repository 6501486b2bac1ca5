"""File bytes in, an `Article` or problems out; never anything else.

Parsing has two steps: `dialects` turns bytes into a raw mapping with marks of where
each key stands, `article` turns the mapping into an `Article`, collecting every
problem of the file. `rules` holds what the caller passes and gets, and is cheap to
import; the rest pulls in YAML.
"""
