"""Builders for tests: each answers every request as it is told."""

import sys
from textwrap import indent


def answering(before="", **answer):
    """Return the command of a builder; `before` is run before each answer."""
    answer = {"status": "built", **answer}
    return python(
        "import json, os, sys, time\n"
        "for line in sys.stdin:\n"
        "    request = json.loads(line)\n"
        "    request['paths'] and request['paths'].sort()\n"
        f"    answer = {answer!r}\n"
        f"{indent(before, '    ')}\n"
        "    answer = {'number': request['number'], **answer}\n"
        "    print(json.dumps(answer), flush=True)\n"
    )


def python(code):
    """Return the command that runs this code."""
    return [sys.executable, "-c", code]
