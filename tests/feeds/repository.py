"""A Git repository that tests commit to, with nobody's configuration."""

import os
import subprocess
from pathlib import Path

ENVIRON = {
    **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@harbour.example",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@harbour.example",
}


class Repository:
    """A repository on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, **environ: str) -> None:
        subprocess.run(  # noqa: S603 - our own
            ["git", *arguments],  # noqa: S607 - wherever it is
            cwd=self.root,
            env={**ENVIRON, **environ},
            check=True,
            capture_output=True,
        )

    def write(self, name: str) -> None:
        """Write an article without a date; each time it says something else."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as stream:
            stream.write("Text.\n" if stream.tell() else "---\ntitle: A\n---\n")

    def commit(self, year: int, *names: str, committed: int = 0) -> None:
        """Write files, and commit everything on the first day of a year."""
        for name in names:
            self.write(name)
        self.git("add", "-A")
        date, other = (f"{each}-01-01T00:00:00Z" for each in (year, committed or year))
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": other}
        self.git("commit", "-q", "-m", str(year), **dates)
