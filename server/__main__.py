"""`python -m server` is the command `stoker`: it looks, then loads what it takes to act."""

import os
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence

from feeds import stamp

_FLAGS = {"-c": "config", "--config": "config", "--output": "path", "--state": "state"}
_VARIABLES = {"path": "STOKER_OUTPUT__PATH", "state": "STOKER_OUTPUT__STATE"}


def main() -> None:
    """Run the command, unless it is a build and nothing is as it was not."""
    words = sys.argv[1:]
    if words[:1] == ["build"]:
        file = os.path.join(_state_folder(words, os.environ), stamp.FILE_NAME)  # noqa: PTH118
        now_s = time.time()  # noqa: TID251 - the outermost place there is
        known = stamp.answer(file, stamp.given(words, os.environ), now_s)
        if known:
            code, said = known
            if said:
                print(said)  # noqa: T201
            sys.exit(code)
    from server.cli import main as run  # noqa: PLC0415 - takes longer than all above

    run()


def _state_folder(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return where the catalog must be: a guess, since a wrong one costs but a build."""
    given = {name: environ[var] for name, var in _VARIABLES.items() if var in environ}
    for at, word in enumerate(words):
        flag, is_joined, value = word.partition("=")
        if flag in _FLAGS:
            value = value if is_joined else "".join(words[at + 1 : at + 2])
            given[_FLAGS[flag]] = value
    folder, config = os.path.split(given.get("config", "stoker.toml"))
    try:
        with open(os.path.join(folder, config), "rb") as stream:  # noqa: PTH118, PTH123
            output = tomllib.load(stream).get("output", {})
        set_there = {name: str(output[name]) for name in _VARIABLES if output.get(name)}
    except (OSError, ValueError, AttributeError):
        set_there = {}
    for name, value in set_there.items():
        path = os.path.join(folder, os.path.expanduser(value))  # noqa: PTH111, PTH118
        given.setdefault(name, path)
    published = given.get("path") or os.path.join(folder, "output")  # noqa: PTH118
    return given.get("state") or f"{published.rstrip('/')}-state"


if __name__ == "__main__":
    main()
