"""Changes articles at random, for as long as it is asked to: the authors of a soak.

Draws from one random generator, so the same seed makes the same edits. Articles come
and go at the same rate; what is deleted may be added again later.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from tests.bench import changes

# Chosen: most edits of real sites touch nothing a reader sees, some add an article.
WEIGHTS = {"retitle": 4, "heat": 4, "add": 1, "delete": 1}
_MOST_HEAT = 20
_TRIES = 10  # half of the articles have no heat to change


class Editor:
    """A folder of articles, and who changes it.

    Args:
        folder: Where the articles are.
        spare: Names and texts of articles that are not there yet.
        rng: Where all chance comes from.
    """

    def __init__(
        self, folder: Path, spare: Iterable[tuple[str, str]], rng: Random
    ) -> None:
        self._folder = folder
        self._rng = rng
        self._names = sorted(path.name for path in folder.iterdir())
        self._places = {name: place for place, name in enumerate(self._names)}
        self._spare = list(spare)
        self._numbers = 0
        self.held: set[str] = set()  # names that only a probe may change
        self.made: Counter[str] = Counter()

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def edit(self) -> None:
        """Make one edit of a random kind, to an article that is not held."""
        (kind,) = self._rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))
        kinds: dict[str, Callable[[], bool]] = {
            "retitle": self._retitle,
            "heat": self._heat,
            "add": self._add,
            "delete": self._delete,
        }
        self.made[kind if kinds[kind]() else "none"] += 1

    def retitle(self, name: str) -> str:
        """Change a title, and return what it starts with; no other title does."""
        self._numbers += 1
        path = self._folder / name
        text = path.read_text(encoding="utf-8")
        self._write(path, changes.retitled(text, self._numbers))
        return changes.mark(self._numbers)

    def _retitle(self) -> bool:
        name = self._any()
        if name:
            self.retitle(name)
        return bool(name)

    def _heat(self) -> bool:
        for _ in range(_TRIES):
            name = self._any()
            path = self._folder / name
            more = self._rng.randint(1, _MOST_HEAT)
            text = name and changes.heated(path.read_text(encoding="utf-8"), more)
            if text:
                self._write(path, text)
                return True
        return False

    def _add(self) -> bool:
        if not self._spare:
            return False
        name, text = self._spare.pop(0)
        self._write(self._folder / name, text)
        self._places[name] = len(self._names)
        self._names.append(name)
        return True

    def _delete(self) -> bool:
        name = self._any()
        if not name:
            return False
        path = self._folder / name
        self._spare.append((name, path.read_text(encoding="utf-8")))
        path.unlink()
        last = self._names.pop()
        place = self._places.pop(name)
        if last != name:
            self._names[place] = last
            self._places[last] = place
        return True

    def _any(self) -> str:
        """Return a random name; an empty one when it is held."""
        name = self._rng.choice(self._names)
        return "" if name in self.held else name

    def _write(self, path: Path, text: str) -> None:
        changes.WRITERS[self._rng.choice(list(changes.WRITERS))](path, text)
