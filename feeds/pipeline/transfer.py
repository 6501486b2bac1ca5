"""The ledger as text: one JSON object a line, to be kept or taken to another machine.

The first line says what it is, in which version, and how many lines follow; each of
them is a row: its `kind`, then the fields of its type in `feeds.catalog`. Bytes are in
base64, instants as in RFC 3339. Lines are sorted, so that two exports can be compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from feeds import misfit
from feeds.catalog import (
    FILE_NAME,
    TABLES,
    Identity,
    LastGood,
    Ledger,
    LedgerRow,
    ledger_of,
    open_catalog,
    set_aside,
)
from feeds.errors import CatalogError, DamagedError, Problem, shown
from feeds.lineage import Lineage
from feeds.locks import STATE_FILE, locked
from feeds.pipeline.recovery import is_decodable

_KIND = "stoker-ledger"
_VERSION = 1
_TYPES: Mapping[str, type[LedgerRow]] = {name: kind for kind, name in TABLES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """The first line; `lines` follow it."""

    kind: str
    version: int
    lines: int


def exported(ledger: Ledger) -> Iterator[bytes]:
    """Yield the lines of a ledger, each with its end."""
    rows = ledger.rows
    header = _Header(kind=_KIND, version=_VERSION, lines=len(rows))
    yield _line(msgspec.to_builtins(header))
    for row in rows:
        yield _line({"kind": TABLES[type(row)], **msgspec.to_builtins(row)})


def _line(values: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(values) + b"\n"


def imported(name: str, content: bytes) -> tuple[Ledger, list[Problem]]:
    """Return the ledger that a file of this name holds, and all that is wrong with it.

    With problems, the ledger is only what is left without the lines they are about.
    """
    reading = _Reading(name)
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    reading.header(lines)
    if not reading.problems:
        for number, line in enumerate(lines[1:], 2):
            reading.row(number, line)
        reading.bonds()
    return reading.ledger(), reading.problems


class _Reading:
    """What was read of a file so far: rows by type and key, and problems."""

    def __init__(self, name: str) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._rows: dict[type[LedgerRow], dict[str, tuple[int, Any]]] = {
            kind: {} for kind in TABLES
        }

    def header(self, lines: list[bytes]) -> None:
        """Read the first line, which says whether there is any use in reading on."""
        try:
            header = msgspec.json.decode(lines[0] if lines else b"", type=_Header)
        except (msgspec.DecodeError, UnicodeDecodeError):
            header = None
        if header is None or header.kind != _KIND:
            self._tell(1, "expected the first line of a ledger that Stoker exported")
        elif header.version != _VERSION:
            expected = f"expected {_VERSION}, the version that this release reads"
            self._tell(1, expected, key="version", value=header.version)
        elif header.lines != len(lines) - 1:
            expected = (
                f"expected {header.lines:,} more lines; the file was cut or changed"
            )
            self._tell(1, expected, key="lines", value=len(lines) - 1)

    def row(self, number: int, line: bytes) -> None:
        """Read one of the other lines."""
        try:
            values = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            values = None
        if not isinstance(values, dict):
            self._tell(number, "expected one JSON object")
            return
        name = values.pop("kind", None)
        kind = _TYPES.get(name) if isinstance(name, str) else None
        if kind is None:
            self._tell(number, f"expected {', '.join(_TYPES)}", key="kind", value=name)
            return
        names = [field.name for field in fields(kind)]
        for extra in sorted(values.keys() - set(names)):
            self._tell(number, f"unknown; known are {', '.join(names)}", key=extra)
        self._keep(number, kind, values)

    def _keep(
        self, number: int, kind: type[LedgerRow], values: Mapping[str, Any]
    ) -> None:
        try:
            row = msgspec.convert(values, kind)
        except msgspec.ValidationError as error:
            reason, _, key = str(error).partition(" - at `$.")
            key = key.removesuffix("`")
            expected = misfit.expected(reason, misfit.JSON)
            self._tell(number, expected, key, values.get(key))
            return
        key = fields(kind)[0].name
        value = getattr(row, key)
        first, _ = self._rows[kind].setdefault(value, (number, row))
        if first != number:
            self._tell(number, f"expected each once; it is in line {first}", key, value)

    def bonds(self) -> None:
        """Check what rows say of each other, and what they hold in turn."""
        for number, row in self._rows[LastGood].values():
            if row.path not in self._rows[Identity]:
                expected = "expected a line of the kind identity with this path"
                self._tell(number, expected, "path", row.path)
            if not is_decodable(row):
                expected = "expected an article as this release keeps it"
                self._tell(number, expected, "article")

        rows = self._rows[Lineage]
        for number, row in rows.values():
            if row.moved_to and (
                row.moved_to not in rows or rows[row.moved_to][1].moved_to
            ):
                expected = "expected the stem of a line of this kind that did not move"
                self._tell(number, expected, "moved_to", row.moved_to)

    def _tell(
        self, line: int, expected: str, key: str = "", value: object = None
    ) -> None:
        got = "" if value is None else shown(value)
        self.problems.append(
            Problem(path=self._name, line=line, key=key, expected=expected, value=got)
        )

    def ledger(self) -> Ledger:
        """Return the rows read."""
        return ledger_of(
            lambda kind: [row for _, (_, row) in sorted(self._rows[kind].items())]
        )


def adopt(ledger: Ledger, folder: Path, *, now: datetime, replace: bool) -> Path | None:
    """Put a ledger into the catalog of a state folder, as one transaction.

    Args:
        ledger: The ledger, as `imported` returned it.
        folder: The state folder; it is made if need be.
        now: Dates a damaged catalog that is set aside.
        replace: Put it in place of another, be that in a damaged catalog.

    Returns:
        What a damaged catalog is called now, None when there was none.

    Raises:
        BusyError: a build is at work.
        CatalogError: there is a ledger, which is not to be replaced.
    """
    with locked(folder, STATE_FILE):
        try:
            _adopt(ledger, folder, replace=replace)
        except DamagedError:
            if not replace:
                raise
        else:
            return None
        aside = set_aside(folder, now)
        _adopt(ledger, folder, replace=replace)
        return aside


def _adopt(ledger: Ledger, folder: Path, *, replace: bool) -> None:
    with open_catalog(folder) as catalog:
        if catalog.has_ledger() and not replace:
            raise CatalogError(
                f"{folder / FILE_NAME}: there is a ledger already;"
                " to put another in its place, say --replace"
            )
        catalog.replace_ledger(ledger)
        catalog.commit()
