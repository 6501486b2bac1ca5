"""Settings: precedence, origins, and messages that name key, value and form."""

import json
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SettingsError
from feeds.settings import (
    Settings,
    as_written,
    leaves,
    load,
    placed,
    schema,
    state_path,
)
from server.cli.inspection import schema_text

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture
def loaded(tmp_path):
    """Load settings from TOML text, with environment and flags."""

    def loaded(toml="", *, environ=None, flags=None, folder=None):
        file = tmp_path / "site.toml"
        file.write_text(toml)
        return load(
            file, environ=environ or {}, flags=flags or {}, folder=folder or tmp_path
        )

    return loaded


@pytest.fixture
def refused(loaded, tmp_path):
    """Return the message with which settings are refused, less the folder's name."""

    def refused(*args, **given):
        with pytest.raises(SettingsError) as caught:
            loaded(*args, **given)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return refused


class TestPrecedence:
    FILE = "[server]\nport = 1\nhost = 'file'\n"

    @pytest.mark.parametrize(
        ("toml", "environ", "flags", "port", "origin"),
        [
            pytest.param("", {}, {}, 8000, "default", id="default"),
            pytest.param(FILE, {}, {}, 1, "site.toml:2", id="file"),
            pytest.param(FILE, {"STOKER_SERVER__PORT": "2"}, {}, 2, "STOKER_SERVER__PORT", id="environment"),
            pytest.param(FILE, {"STOKER_SERVER__PORT": "2"}, {"server.port": 3}, 3, "flag", id="flag"),
        ],
    )  # fmt: skip
    def test_flag_over_environment_over_file_over_default(
        self, loaded, *, toml, environ, flags, port, origin
    ):
        found = loaded(toml, environ=environ, flags=flags)
        assert found.settings.server.port == port
        assert found.origins["server.port"].endswith(origin)

    def test_every_setting_has_an_origin(self, loaded):
        assert set(loaded().origins) == {key for key, _ in leaves()}

    def test_the_file_in_the_folder_is_found(self, tmp_path):
        (tmp_path / "stoker.toml").write_text("[server]\nport = 5\n")
        found = load(None, environ={}, flags={}, folder=tmp_path)
        assert (found.settings.server.port, found.file) == (5, tmp_path / "stoker.toml")

    def test_without_a_file_all_are_defaults(self, tmp_path):
        found = load(None, environ={"HOME": "/x"}, flags={}, folder=tmp_path)
        assert found.file is None
        assert set(found.origins.values()) == {"default"}


class TestEnvironment:
    @pytest.mark.parametrize(
        ("name", "text", "key", "value"),
        [
            ("SERVER__PORT", "9000", "server.port", 9000),
            ("FEEDS__HTML", "false", "feeds.html", False),
            ("FEEDS__ORDERS", "hot, top", "feeds.orders", ["hot", "top"]),
            ("FEEDS__FORMATS", "atom", "feeds.formats", ["atom"]),
            ("FEEDS__PLATFORMS", "", "feeds.platforms", []),
            ("SERVER__MAX_AGE", "90s", "server.max_age", "90s"),
            ("SITE__TITLE", "123", "site.title", "123"),
        ],
    )
    def test_text_becomes_what_the_setting_is(self, loaded, name, text, key, value):
        settings = loaded(environ={f"STOKER_{name}": text}).settings
        found = as_written(settings)[key]
        assert (list(found) if isinstance(found, tuple) else found) == value

    def test_sources_are_a_path_list(self, loaded, tmp_path):
        settings = loaded(environ={"STOKER_SOURCES": "a:/b"}).settings
        assert [s.path for s in settings.sources] == [str(tmp_path / "a"), "/b"]


class TestPaths:
    def test_in_a_file_they_start_at_its_folder(self, loaded, tmp_path):
        toml = "[[sources]]\npath = 'a'\n[output]\npath = 'out'\nstate = 's'\n"
        settings = loaded(toml, folder=Path("/elsewhere")).settings
        assert settings.sources[0].path == str(tmp_path / "a")
        assert settings.output.path == str(tmp_path / "out")
        assert state_path(settings) == tmp_path / "s"

    def test_elsewhere_they_start_at_the_current_folder(self, loaded):
        environ = {"STOKER_OUTPUT__PATH": "out"}
        settings = loaded(environ=environ, folder=Path("/elsewhere")).settings
        assert settings.output.path == "/elsewhere/out"
        assert state_path(settings) == Path("/elsewhere/out-state")

    def test_the_default_output_is_beside_the_file(self, loaded, tmp_path):
        assert loaded().settings.output.path == str(tmp_path / "output")

    def test_a_tilde_is_the_home_folder(self, loaded):
        settings = loaded("[output]\npath = '~/out'\n").settings
        assert settings.output.path == str(Path("~/out").expanduser())


class TestUnknown:
    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            ("\n[server]\nprt = 1", "site.toml:3: server.prt: unknown setting; did you mean server.port?"),
            ("[serve]\nport = 1", "site.toml:1: serve: unknown setting; did you mean server?"),
            ("port = 1", "site.toml:1: port: unknown setting; did you mean server.port?"),
            ("[[sources]]\npth = 'a'", "site.toml:2: sources[0].pth: unknown setting; did you mean path?"),
            ("[[sources]]\npath = 'a'\n[sources.defaults]\ntopic = []", "site.toml:4: sources[0].defaults.topic: unknown setting; did you mean topics?"),
            ("[site]\nqqqqqqqq = 1", "site.toml:2: site.qqqqqqqq: unknown setting"),
        ],
    )  # fmt: skip
    def test_a_key_names_the_nearest(self, refused, toml, message):
        assert refused(toml) == message

    def test_an_environment_variable_too(self, refused):
        message = refused(environ={"STOKER_SERVER__PROT": "1"})
        assert message == (
            "STOKER_SERVER__PROT: server.prot: unknown setting; "
            "did you mean server.port?"
        )


SOURCE = "[[sources]]\npath = 'a'\nname = 'x'\n"


class TestWrong:
    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            ("[server] # where\nport = 'x'", "site.toml:2: server.port: expected a whole number, got 'x'"),
            ("[server]\nport = 70000", "site.toml:2: server.port: expected a whole number <= 65535, got '70000'"),
            ("site = 5", "site.toml:1: site: expected a table"),
            ("[sources]\npath = 'a'", "site.toml:1: sources: expected a list in brackets, got '{'path': 'a'}'"),
            ("[[sources]]\npath = 5", "site.toml:2: sources[0].path: expected text in quotes, got '5'"),
            ("[[sources]]\nname = 'a'", "site.toml:1: sources[0]: expected the key 'path', got '{'name': 'a'}'"),
            ("[[sources]]\npath = 'a'\nundated = 'x'", "site.toml:3: sources[0].undated: expected 'hold' or 'mtime' or 'git', got 'x'"),
            ("[feeds]\norders = ['heet']", "site.toml:2: feeds.orders[0]: expected 'heat' or 'latest' or 'hot' or 'top', got 'heet'"),
            ("[feeds]\nformats = ['atom', 5]", "site.toml:2: feeds.formats[1]: expected text in quotes, got '5'"),
            ("[feeds]\nformats = []", "site.toml:2: feeds.formats: expected a list in brackets of length >= 1, got '[]'"),
            ("[feeds]\ntop_window = '2d'", "site.toml:2: feeds.top_window: expected '24h' or '7d' or '30d' or 'all', got '2d'"),
            ("[feeds]\nlimit = 0", "site.toml:2: feeds.limit: expected a whole number >= 1, got '0'"),
            ("[site]\ntitle = ''", "site.toml:2: site.title: expected text in quotes of length >= 1, got ''"),
            ("[site]\nbase_url = 'a.example'", "site.toml:2: site.base_url: expected an http(s) URL without query or fragment, got 'a.example'"),
            ("[site]\ntag_authority = 'a'", "site.toml:2: site.tag_authority: expected \"example.org,2026\", got 'a'"),
            ("[site]\nlanguage = 'e'", "site.toml:2: site.language: expected a language tag such as \"en\" or \"pt-BR\", got 'e'"),
        ],
    )  # fmt: skip
    def test_the_message_names_place_key_form_and_value(self, refused, toml, message):
        assert refused(toml) == message

    @pytest.mark.parametrize(
        "key",
        ["secured", "Secured", " secured", "secured.iv", "x.SECURED", "secured[0]"],
    )
    @pytest.mark.parametrize("field", ["title", "images", "enclosures"])
    def test_r3_no_field_may_be_taken_from_what_is_sealed(self, refused, field, key):
        toml = f"[[sources]]\npath = 'a'\n[sources.fields]\n{field} = ['{key}']\n"
        assert refused(toml) == (
            f"site.toml:4: sources[0].fields.{field}: "
            f"expected keys of front matter that may be published, got '{key}'"
        )

    @pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "Europe"])
    def test_a_time_zone_must_exist(self, refused, zone):
        message = refused(f"[site]\ntime_zone = '{zone}'")
        assert message.startswith("site.toml:2: site.time_zone: expected a time zone")
        message = refused(f"[schedule]\ncron = '@daily'\ntime_zone = '{zone}'")
        assert message.startswith(
            "site.toml:3: schedule.time_zone: expected a time zone"
        )

    @pytest.mark.parametrize(
        "url",
        [
            *("ftp://a.example", "http://a.example:99999", "http://a b", "http://"),
            *("http://me@a.example", "http://a.example/?x", "http://[::1", "x"),
            "http://a.example/#x",
        ],
    )
    @pytest.mark.parametrize("key", ["base_url", "home_page_url", "icon", "logo"])
    def test_a_url_must_be_one(self, refused, key, url):
        message = refused(f"[site]\n{key} = '{url}'")
        assert message.startswith(f"site.toml:2: site.{key}: expected an http(s) URL")

    @pytest.mark.parametrize("names", [("x", "x"), ("x/", "y"), ("../x", "y")])
    def test_names_of_sources_are_plain_and_unique(self, refused, names):
        toml = "".join(f"[[sources]]\npath = 'a'\nname = '{n}'\n" for n in names)
        assert "name: expected a plain name that no other source has" in refused(toml)

    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            (SOURCE * 2, "site.toml:6: sources[1].name: expected a plain name that no other source has, got 'x'"),
            (SOURCE + "[sources.defaults]\ndate = 'soon'", "site.toml:5: sources[0].defaults.date: expected a date such as 2021-01-27, got 'soon'"),
            (SOURCE + "[sources.fields]\ndate = ['on']\n[sources.defaults]\ndate = 'soon'", "site.toml:7: sources[0].defaults.date: expected a date such as 2021-01-27, got 'soon'"),
            (SOURCE + "defaults.date = 'soon'", "site.toml:4: sources[0].defaults.date: expected a date such as 2021-01-27, got 'soon'"),
            (SOURCE + "defaults = {date = 'soon'}", "site.toml:4: sources[0].defaults.date: expected a date such as 2021-01-27, got 'soon'"),
            (SOURCE + "[sources.defaults]\nlanguage = 'not a language'", "site.toml:5: sources[0].defaults.language: expected a language tag such as \"en\" or \"pt-BR\", got 'not a language'"),
            (SOURCE + "[sources.defaults]\nprovider = {domain = 'bad domain'}", "site.toml:5: sources[0].defaults.provider.domain: expected a domain such as \"example.org\", got 'bad domain'"),
            (SOURCE + "[sources.defaults.provider]\nname = 'X'\ndomain = 'bad domain'", "site.toml:6: sources[0].defaults.provider.domain: expected a domain such as \"example.org\", got 'bad domain'"),
        ],
        ids=[
            *("name", "date", "another date", "dotted", "inline", "language"),
            *("domain", "domain in a table"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_with_a_source_has_its_place(self, refused, toml, message):
        assert refused(toml) == message

    def test_a_file_that_is_no_toml_is_named(self, refused):
        message = refused("[site]\ntitle = \n")
        assert message == "site.toml:2: expected TOML: a key has no value"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (
                b'[site]\ntitle = "a\n[feeds]\n',
                "site.toml:2: expected TOML: a quotation is",
            ),
            (b"[site]\n\nx = [1,\n", "site.toml:3: expected TOML: a bracket is"),
            (b"[site]\ntitle = '\xff'\n", "site.toml:2: expected UTF-8 text ("),
        ],
        ids=["open text", "open list", "not UTF-8"],
    )
    def test_its_line_is_named(self, tmp_path, content, message):
        file = tmp_path / "site.toml"
        file.write_bytes(content)
        with pytest.raises(SettingsError) as caught:
            load(file, environ={}, flags={}, folder=tmp_path)
        assert str(caught.value).replace(f"{tmp_path}/", "").startswith(message)

    def test_a_file_that_is_missing_is_named(self, tmp_path):
        with pytest.raises(
            SettingsError, match=r"none\.toml: expected a readable file"
        ):
            load(tmp_path / "none.toml", environ={}, flags={}, folder=tmp_path)


class TestPlaced:
    TOML = (
        "[registry]\nfolders = ['_data']\n[schedule]\ncron = 'x'\n"
        "[[sources]]\npath = 'a'\n[[sources]]\nname = 'b'\npath = 'b'\n"
    )

    @pytest.mark.parametrize(
        ("key", "line"),
        [
            ("sources[1].path", 9),
            ("sources[0].path", 6),
            ("sources[0].undated", 5),
            ("registry.folders[0]", 2),
            ("schedule.cron", 4),
        ],
    )
    def test_an_error_found_later_gets_the_place_of_its_setting(
        self, loaded, tmp_path, key, line
    ):
        error = SettingsError(key=key, expected="no", value="x")
        found = placed(error, loaded(self.TOML))
        assert str(found) == f"{tmp_path}/site.toml:{line}: {key}: no, got 'x'"

    def test_so_does_one_of_the_environment(self, loaded):
        error = SettingsError(key="sources[0].path", expected="no")
        found = placed(error, loaded(environ={"STOKER_SOURCES": "a"}))
        assert str(found) == "STOKER_SOURCES: sources[0].path: no"

    @pytest.mark.parametrize("key", ["site.title", "sources", "no.setting"])
    def test_what_was_not_set_has_none(self, loaded, key):
        error = SettingsError(key=key, expected="no")
        assert placed(error, loaded()) is error


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "duration", "shown"),
        [
            ("90s", timedelta(seconds=90), "90s"),
            ("5m", timedelta(minutes=5), "5m"),
            ("24h", timedelta(days=1), "1d"),
            ("7d", timedelta(days=7), "7d"),
            ("1.5h", timedelta(minutes=90), "90m"),
            ("250ms", timedelta(milliseconds=250), "250ms"),
            ("1.0005s", timedelta(seconds=1), "1s"),
        ],
    )
    def test_they_are_read_and_shown(self, loaded, text, duration, shown):
        settings = loaded(f"[schedule]\ninterval = '{text}'").settings
        assert settings.schedule.interval == duration
        assert as_written(settings)["schedule.interval"] == shown

    @pytest.mark.parametrize(
        "value",
        [
            "'0s'",
            "'-5m'",
            "5",
            "'5'",
            "''",
            "'soon'",
            "'0.1ms'",
            "'99999999999d'",
            "true",
        ],
    )
    def test_others_are_refused(self, refused, value):
        message = refused(f"[schedule]\ninterval = {value}")
        assert message.startswith(
            "site.toml:2: schedule.interval: expected a duration above zero"
        )

    @given(
        number=st.integers(1, 10_000), unit=st.sampled_from(["ms", "s", "m", "h", "d"])
    )
    def test_what_is_shown_reads_back(self, number, unit):
        flags = {"schedule.interval": f"{number}{unit}"}
        given_ = {"environ": {}, "folder": Path("/")}
        settings = load(None, flags=flags, **given_).settings
        shown = as_written(settings)["schedule.interval"]
        again = load(None, flags={"schedule.interval": shown}, **given_).settings
        assert again == settings


class TestShippedFiles:
    def test_the_commented_file_states_exactly_the_defaults(self):
        settings = load(
            CONFIG / "stoker.toml", environ={}, flags={}, folder=Path("/")
        ).settings
        output = msgspec.structs.replace(settings.output, path="output")
        assert msgspec.structs.replace(settings, output=output) == Settings()

    def test_the_commented_file_names_every_setting(self):
        text = (CONFIG / "stoker.toml").read_text()
        tables = tomllib.loads(text)
        missing = [
            key
            for key, _ in leaves()
            if "." in key and key.partition(".")[2] not in tables[key.partition(".")[0]]
        ]  # fmt: skip
        assert missing == []

    def test_the_schema_is_the_one_the_code_gives(self):
        assert (CONFIG / "stoker.schema.json").read_text() == schema_text()

    @pytest.mark.parametrize("file", ["stoker.toml", "sample/stoker.toml"])
    def test_the_shipped_files_obey_the_schema(self, file):
        tables = tomllib.loads((CONFIG / file).read_text())
        assert list(_faults(tables, schema(), schema())) == []

    @pytest.mark.parametrize(
        "toml",
        [
            *("[server]\nport = 'x'", "[server]\nprt = 1", "[[sources]]\nname = 'a'"),
            *("[schedule]\ninterval = 'soon'", "[feeds]\nlimit = 0", "x = 1"),
        ],
    )
    def test_the_schema_refuses_what_the_code_does(self, refused, toml):
        assert refused(toml)
        assert list(_faults(tomllib.loads(toml), schema(), schema()))

    def test_defaults_in_the_schema_obey_it(self):
        root = json.loads(schema_text())
        for definition in root["$defs"].values():
            for name, rule in definition["properties"].items():
                if "default" in rule:
                    assert list(_faults(rule["default"], rule, root)) == [], name


TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def _faults(value, rule, root):
    """Yield where `value` breaks a JSON Schema, as far as ours uses the language."""
    if "$ref" in rule:
        yield from _faults(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root)
    if "type" in rule and type(value) is not TYPES[rule["type"]]:
        yield f"{value!r} is no {rule['type']}"
        return
    if value not in rule.get("enum", [value]):
        yield f"{value!r} is none of {rule['enum']}"
    if isinstance(value, str) and not re.search(rule.get("pattern", ""), value):
        yield f"{value!r} does not match"
    if isinstance(value, int) and not rule.get("minimum", value) <= value <= rule.get("maximum", value):  # fmt: skip
        yield f"{value!r} is out of bounds"
    if isinstance(value, list) and "items" in rule:
        for item in value:
            yield from _faults(item, rule["items"], root)
    if isinstance(value, dict) and "properties" in rule:
        yield from (f"{name} is missing" for name in set(rule["required"]) - set(value))
        for name, inner in value.items():
            known = rule["properties"].get(name)
            yield from _faults(inner, known, root) if known else [f"{name} is unknown"]
