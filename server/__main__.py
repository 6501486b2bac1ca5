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
    """Run the command, unless it is a build that has nothing to do."""
    words, caller = sys.argv[1:], ""
    if words[:1] == ["build"]:
        try:
            caller = stamp.caller_of(words, os.environ)
            code = _answered(words, caller)
        except OSError:  # the build itself will tell
            code = None
        if code is not None:
            sys.exit(code)
    from server.cli import main as run  # noqa: PLC0415 - takes longer than all above

    run(caller)


def _answered(words: Sequence[str], caller: str) -> int | None:
    """Say what a build says that finds nothing to do; return its exit code.

    None, and nothing is said, when it must look for itself.

    Raises:
        OSError: nobody hears.
    """
    file = os.path.join(state_folder(words, os.environ), stamp.FILE_NAME)
    now_s = time.time()  # noqa: TID251 - the outermost place there is
    known = stamp.answer(file, caller, now_s)
    if known is None:
        return None
    code, said = known
    if said:
        print(said, flush=True)  # noqa: T201
    return code


def state_folder(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return where the catalog must be: a guess, since a wrong one costs but a build."""
    given = {name: environ[var] for name, var in _VARIABLES.items() if var in environ}
    for at, word in enumerate(words):
        flag, is_joined, value = word.partition("=")
        if flag in _FLAGS:
            value = value if is_joined else "".join(words[at + 1 : at + 2])
            given[_FLAGS[flag]] = value
    config = given.get("config", "stoker.toml")
    folder = os.path.dirname(config)
    for name, value in _output_in(config).items():
        given.setdefault(name, os.path.join(folder, os.path.expanduser(value)))
    published = given.get("path") or os.path.join(folder, "output")
    return given.get("state") or f"{published.rstrip('/')}-state"


def _output_in(config: str) -> Mapping[str, str]:
    """Return what a settings file says of the output; nothing when it says it oddly."""
    if not os.path.isfile(config):  # a pipe can be read but once
        return {}
    try:
        with open(config, "rb") as stream:
            output = tomllib.load(stream).get("output", {})
        return {name: str(output[name]) for name in _VARIABLES if output.get(name)}
    except (OSError, ValueError, AttributeError):
        return {}


if __name__ == "__main__":
    main()
