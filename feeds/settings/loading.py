"""Settings from a file, the environment and flags; and how they are shown again.

Precedence: flag > environment (`STOKER_SERVER__PORT`) > file > default. Relative paths
start at the file's folder (in flags and the environment: at the current folder).
"""

import difflib
import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct

from feeds import misfit
from feeds.errors import SettingsError
from feeds.misfit import unknown_key
from feeds.parse.reasons import toml_fault
from feeds.settings.arrays import (
    ARRAYS,
    field_names,
    line_in,
    tables_from_text,
    words_at,
)
from feeds.settings.model import AUTO, Settings
from feeds.settings.registered import refuse_faults
from feeds.settings.sources import refuse_source_faults
from feeds.text import is_language, web_link

ENV_PREFIX = "STOKER_"
SETTINGS_FILE = "stoker.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings with where each value came from.

    `origins` maps "server.port" to "default", "file:LINE" style text, the name of an
    environment variable, or "flag". `file` is the TOML file read, if any.
    """

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None


def load(
    file: Path | None,
    *,
    environ: Mapping[str, str],
    flags: Mapping[str, object],
    folder: Path,
) -> Loaded:
    """Return the effective settings.

    Args:
        file: The TOML file, or None to use `folder`'s stoker.toml when there is one.
        environ: The process environment; only STOKER_ names are read.
        flags: Values from the command line by key ("server.port").
        folder: The current folder.

    Raises:
        SettingsError: a key is unknown or a value is not what it must be.
    """
    if file is None and (folder / SETTINGS_FILE).is_file():
        file = folder / SETTINGS_FILE
    layers = [
        *_file_layer(file),
        *_environ_layer(environ, folder),
        *((key, _Given(value, "flag", folder)) for key, value in flags.items()),
    ]
    given = dict(layers)
    values: dict[str, Any] = {}
    for key, kind in leaves():
        if key in given:
            table, _, name = key.rpartition(".")
            section = values.setdefault(table, {}) if table else values
            section[name] = _converted(key, kind, given[key])
    settings = msgspec.convert(values, Settings)
    _check(settings, given)
    base = file.parent.absolute() if file else folder
    settings = _with_absolute_output(settings, given, base)
    _check_state(settings, given)
    origins = {
        key: given[key].origin if key in given else "default" for key, _ in leaves()
    }
    return Loaded(settings=settings, origins=origins, file=file)


def leaves() -> Iterator[tuple[str, Any]]:
    """Yield ("server.port", its type) for every setting, in the file's order."""
    for section in msgspec.structs.fields(Settings):
        if isinstance(section.type, type) and issubclass(section.type, Struct):
            for field in msgspec.structs.fields(section.type):
                yield f"{section.name}.{field.name}", field.type
        else:
            yield section.name, section.type


def as_written(settings: Settings) -> dict[str, Any]:
    """Return every setting by key ("server.port"), durations in the file's notation."""
    plain = msgspec.to_builtins(settings, builtin_types=(timedelta,))
    found = {}
    for key, kind in leaves():
        section, _, name = key.rpartition(".")
        value = plain[section][name] if section else plain[name]
        found[key] = _short(value) if kind is timedelta else value
    return found


def _short(duration: timedelta) -> str:
    """Return a duration in the largest unit that leaves no rest."""
    whole = ((unit, duration / timedelta(seconds=s)) for unit, s in _UNIT_S.items())
    unit, count = [(unit, count) for unit, count in whole if count == int(count)][-1]
    return f"{int(count)}{unit}"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the settings file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stoker.toml",
        **_as_written(msgspec.json.schema(Settings)),
    }


def state_path(settings: Settings) -> Path:
    """Return the folder of the catalog: beside the output folder unless set."""
    output = Path(settings.output.path)
    state = settings.output.state
    return Path(state) if state else output.with_name(f"{output.name}-state")


def apart(settings: Settings) -> tuple[str, str]:
    """Return the folders that we write ourselves, in which nothing is an article."""
    return settings.output.path, str(state_path(settings))


@dataclass(frozen=True, slots=True)
class _Given:
    """One value as an operator gave it, where, and what relative paths start at."""

    value: Any
    origin: str
    base: Path
    text: str = ""  # of the whole file, to find lines in


_ISO_DURATION = re.compile(r"P(?:\d+D)?(?:T[\d.]+S)?")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_MAX_DURATION_S = 36_525 * _UNIT_S["d"]  # a century: more is a typing error
_FOLDERS = "registry.folders"
_PATH_KEYS = ("output.path", "output.state", _FOLDERS)


def _file_layer(file: Path | None) -> Iterator[tuple[str, _Given]]:
    if file is None:
        return
    text = _text_of(file)
    tables = _tables_of(file, text)
    known = dict(leaves())
    base = file.parent.absolute()
    for key, value in _flattened(tables, known):
        origin = f"{file}:{_line_of(text, key)}"
        _refuse_unknown(key, known, origin)
        yield key, _Given(value, origin, base, text)


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise SettingsError(
            key=str(file), expected=f"expected a readable file ({error.strerror})"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        expected = f"expected UTF-8 text ({error.reason})"
        raise SettingsError(key=f"{file}:{line}", expected=expected) from error


def _tables_of(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line = toml_fault(text, error)
        expected = f"expected TOML: {reason}"
        raise SettingsError(key=f"{file}:{line + 1}", expected=expected) from error


def _flattened(
    tables: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    sections = {key.partition(".")[0] for key in known if "." in key}
    for name, value in tables.items():
        if isinstance(value, dict) and name in sections:
            yield from ((f"{name}.{inner}", given) for inner, given in value.items())
        else:
            yield name, value


def _environ_layer(
    environ: Mapping[str, str], folder: Path
) -> Iterator[tuple[str, _Given]]:
    known = dict(leaves())
    for name, text in sorted(environ.items()):
        # STOKER_PORT and its like are what container platforms set for a service.
        key = name.removeprefix(ENV_PREFIX).lower().replace("__", ".")
        if not name.startswith(ENV_PREFIX) or not ("." in key or key in ARRAYS):
            continue
        _refuse_unknown(key, known, name)
        yield key, _Given(_from_environ(key, known[key], text), name, folder)


def _from_environ(key: str, kind: Any, text: str) -> object:
    if key in ARRAYS:
        return tables_from_text(key, text)
    bare = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
    if getattr(bare, "__origin__", None) is tuple:
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _refuse_unknown(key: str, known: Mapping[str, Any], origin: str) -> None:
    if key in known:
        return
    sections = {name.partition(".")[0] for name in known}
    if key in sections:
        raise SettingsError(key=key, expected="expected a table", origin=origin)
    raise SettingsError(
        key=key,
        expected=f"unknown setting{_nearest(key, [*known, *sections])}",
        origin=origin,
    )


def _nearest(key: str, known: list[str]) -> str:
    names = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"; did you mean {names[0]}?" if names else ""


def _line_of(text: str, key: str) -> int:
    """Return the line on which `key` is probably set; 1 when it cannot be told."""
    table, _, name = key.rpartition(".")
    inside = not table
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if bare.startswith("["):
            inside = bare.partition("#")[0].strip("[] ") == (table or name)
            if inside and not table:
                return number
        elif inside and re.match(rf"[\"']?{re.escape(name)}[\"']?\s*[=.]", bare):
            return number
    return 1


def _pointed(given: _Given, full_key: str, unknown: str = "") -> _Given:
    """Return the value with the line of what is wrong inside an array's table."""
    name = unknown or re.sub(r"(\[\d+\])+$", "", full_key.rpartition(".")[2])
    line = line_in(given.text, full_key, name)
    file = given.origin.rpartition(":")[0]
    return replace(given, origin=f"{file}:{line}") if line else given


def _converted(key: str, kind: Any, given: _Given) -> object:
    value = given.value
    if kind is timedelta:
        return _duration(key, given)
    if key == "sources":
        value = _absolute_sources(value, given.base)
    if key in _PATH_KEYS:
        value = _absolute(value, given.base, but=AUTO if key == _FOLDERS else "")
    try:
        return msgspec.convert(
            value, kind, strict=not given.origin.startswith(ENV_PREFIX)
        )
    except msgspec.ValidationError as error:
        raise _setting_error(key, given, error) from error


def _setting_error(
    key: str, given: _Given, error: msgspec.ValidationError
) -> SettingsError:
    reason, _, place = str(error).partition(" - at `$")
    place = _opened(place, given.value)
    full_key = key + place.rstrip("`")
    unknown = unknown_key(reason)
    given = _pointed(given, full_key, unknown)
    if not unknown:
        return SettingsError(
            key=full_key,
            expected=_expected(reason, key, place.rstrip("`")),
            value=_at(given.value, place),
            origin=given.origin,
        )
    names = list(field_names(dict(leaves())[key]))
    return SettingsError(
        key=f"{full_key}.{unknown}",
        expected=f"unknown setting{_nearest(unknown, names)}",
        origin=given.origin,
    )


def _opened(place: str, value: Any) -> str:
    """Return a place with the key that msgspec leaves out: the first that is no list."""
    before, dots, after = place.partition("[...]")
    table = _at(value, before) if dots else {}
    wrong = (name for name, keys in table.items() if not isinstance(keys, list))
    return f"{before}.{next(wrong, '')}{after}" if dots else place


def _expected(reason: str, key: str, place: str) -> str:
    """Return what msgspec found wrong as what it expected."""
    if not reason.startswith("Invalid enum value"):
        return misfit.expected(reason, misfit.TOML)
    words = words_at(dict(leaves())[key], place)
    return f"expected {' or '.join(map(repr, words))}"


def _at(value: Any, place: str) -> Any:
    """Return what lies at a place such as "[0].plain_text" in a value."""
    for index, name in re.findall(r"\[(\d+)\]|\.(\w+)", place):
        value = value[int(index)] if index else value.get(name)
    return value


def _duration(key: str, given: _Given) -> timedelta:
    text = given.value if isinstance(given.value, str) else ""
    match = _DURATION.fullmatch(text.strip())
    seconds = float(match[1]) * _UNIT_S[match[2]] if match else 0
    if not _UNIT_S["ms"] <= seconds <= _MAX_DURATION_S:
        raise SettingsError(
            key=key,
            expected='expected a duration above zero such as "90s", "5m", "24h" or "7d"',
            value=given.value,
            origin=given.origin,
        )
    return timedelta(milliseconds=round(seconds * 1000))


def _absolute(value: Any, base: Path, *, but: str = "") -> Any:
    """Return a path, or a list of them, as absolute; anything else, and `but`, as it is."""
    if isinstance(value, list):
        return [_absolute(item, base, but=but) for item in value]
    is_path = isinstance(value, str) and value not in {"", but}
    return str(base / Path(value).expanduser()) if is_path else value


def _absolute_sources(value: Any, base: Path) -> Any:
    if not isinstance(value, list):
        return value
    return [_absolute_source(item, base) for item in value]


def _absolute_source(source: Any, base: Path) -> Any:
    if not isinstance(source, dict):
        return source
    paths = {key: source[key] for key in ("path", "media_path") if source.get(key)}
    return source | {key: _absolute(path, base) for key, path in paths.items()}


def _with_absolute_output(
    settings: Settings, given: Mapping[str, _Given], base: Path
) -> Settings:
    if "output.path" in given:
        return settings
    path = str(base / settings.output.path)
    output = msgspec.structs.replace(settings.output, path=path)
    return msgspec.structs.replace(settings, output=output)


def _check(settings: Settings, given: Mapping[str, _Given]) -> None:
    """Refuse what no type can say."""
    for key in ("site.base_url", "site.home_page_url", "site.icon", "site.logo"):
        value = getattr(settings.site, key.partition(".")[2])
        if value and not _is_web_url(value):
            _refuse(key, "expected an http(s) URL without query or fragment", given)
    authority = settings.site.tag_authority
    if authority and not re.fullmatch(
        r"[\w.@-]+,\d{4}(-\d\d(-\d\d)?)?", authority, re.ASCII
    ):
        # RFC 4151, 2.1: authorityName "," date
        _refuse("site.tag_authority", 'expected "example.org,2026"', given)
    if not is_language(settings.site.language):
        _refuse(
            "site.language", 'expected a language tag such as "en" or "pt-BR"', given
        )
    zones = {
        "site.time_zone": settings.site.time_zone,
        "schedule.time_zone": settings.schedule.time_zone,
    }
    for key, zone in zones.items():
        if not _is_zone(zone):
            _refuse(key, 'expected a time zone such as "Europe/Paris"', given)
    _check_names(settings, given)
    refuse_faults(settings, lambda key: _origin(key, given))
    refuse_source_faults(settings, lambda key: _origin(key, given))


def _origin(key: str, given: Mapping[str, _Given]) -> str:
    """Return where something in an array of tables was set, as "topics[0].slug"."""
    array = key.partition("[")[0]
    return _pointed(given[array], key).origin if array in given else ""


def _check_state(settings: Settings, given: Mapping[str, _Given]) -> None:
    """Refuse a catalog in the output folder: that is public, and locked for itself."""
    output, state = Path(settings.output.path).resolve(), state_path(settings).resolve()
    if state == output or output in state.parents:
        _refuse("output.state", "expected a folder outside the output folder", given)


def _check_names(settings: Settings, given: Mapping[str, _Given]) -> None:
    names = [source.name for source in settings.sources]
    for at, name in enumerate(names):
        is_taken = name and name in names[:at]
        if is_taken or name.strip("/") != name or ".." in name:
            key = f"sources[{at}].name"
            raise SettingsError(
                key=key,
                expected="expected a plain name that no other source has",
                value=name,
                origin=_origin(key, given),
            )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False
    return True


def _is_web_url(text: str) -> bool:
    return bool(web_link(text)) and text.isascii() and not set(text) & set(" ?#")


def _refuse(key: str, expected: str, given: Mapping[str, _Given]) -> None:
    found = given.get(key)
    raise SettingsError(
        key=key,
        expected=expected,
        value=found.value if found else None,
        origin=found.origin if found else "",
    )


def _as_written(schema: Any) -> Any:
    """Rewrite ISO durations as the short form that the file uses, and clean docstrings."""
    if isinstance(schema, str) and _ISO_DURATION.fullmatch(schema):
        return _short(msgspec.convert(schema, timedelta))
    if isinstance(schema, str):
        return inspect.cleandoc(schema)  # a docstring: msgspec before 0.23 does not
    if isinstance(schema, dict) and schema.get("format") == "duration":
        default = {k: _as_written(v) for k, v in schema.items() if k == "default"}
        return {"type": "string", "pattern": f"^{_DURATION.pattern}$", **default}
    if isinstance(schema, dict):
        return {key: _as_written(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_as_written(value) for value in schema]
    return schema
