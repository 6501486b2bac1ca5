"""What the laws share: newsrooms in folders that each example gets afresh."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.laws.site import Newsroom


@pytest.fixture
def newsroom(tmp_path: Path) -> Callable[..., Newsroom]:
    """Make a newsroom in a new folder; a test may have many."""
    numbers = itertools.count()

    def make(*how: object, **more: object) -> Newsroom:
        return Newsroom(tmp_path / str(next(numbers)), *how, **more)  # type: ignore[arg-type]  # passed on

    return make
