"""The static hosts of `config/`, run by nginx and Caddy themselves, on what a build wrote.

Skipped where these programs are not installed.
"""

import contextlib
import gzip
import http.client
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.clients import BROWSERS, READERS
from tests.system.conftest import PROJECT, Site

TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json",
    "html": "text/html; charset=utf-8",
}
STEMS = [
    "all",
    "all/hot",
    "topics/ferries",
    "topics/ferries/latest",
    "topics/日本",
    "providers/harbourpost.example",
]
STATE = ("catalog.sqlite3", "catalog.sqlite3-wal", "unchanged.json")
_HOST = "static.feeds.example"
_PATIENCE_S = 10


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One response, redirects not followed; several lines of a field are one."""

    status: int
    fields: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Host:
    """A static host on loopback; `output` is the folder that it serves."""

    port: int
    output: Path

    def get(self, path: str, **fields: str | None) -> Answer:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            client.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": _HOST, **fields}.items():
                if value is not None:
                    client.putheader(name.replace("_", "-"), value)
            client.endheaders()
            response = client.getresponse()
            names = {name.lower() for name in response.headers}
            return Answer(
                status=response.status,
                fields={n: ", ".join(response.headers.get_all(n)) for n in names},
                body=response.read(),
            )
        finally:
            client.close()


def nginx(folder: Path, root: Path, port: int) -> list[str]:
    """Write the settings, as an administrator would edit them; return the command."""
    snippet = (PROJECT / "config" / "nginx" / "stoker.conf").read_text("utf-8")
    before, static = snippet.split("# 2. Static host")
    assert "/var/lib/stoker/output" in static
    static = re.sub(r"listen \[::\]:80;", "", static)
    static = static.replace("listen 80;", f"listen 127.0.0.1:{port};")
    static = static.replace("/var/lib/stoker/output", str(root))
    assert "upstream" in before
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr error;\n"
        f"user {pwd.getpwuid(os.getuid()).pw_name};\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off; {paths}\n# 2. Static host{static}\n}}\n",
        "utf-8",
    )
    return ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def caddy(folder: Path, root: Path, port: int) -> list[str]:
    """Write the settings, as an administrator would edit them; return the command."""
    snippet = (PROJECT / "config" / "caddy" / "Caddyfile").read_text("utf-8")
    _, _, static = snippet.partition(f"# {_HOST} {{\n")
    assert "/var/lib/stoker/output" in static
    # Without the "# " before each line; its own comments keep theirs.
    static = "".join(line[2:] for line in static.splitlines(keepends=True))
    static = static.replace("/var/lib/stoker/output", str(root))
    (folder / "Caddyfile").write_text(
        "{\n\tadmin off\n\tauto_https off\n}\n"
        f"http://{_HOST}:{port} {{\n\tbind 127.0.0.1\n{static}",
        "utf-8",
    )
    return ["run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


HOSTS: dict[str, Callable[[Path, Path, int], list[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `stoker build` wrote, and beside it what should not be there."""
    site = Site(tmp_path_factory.mktemp("site"))
    for day in range(10, 22):
        topic = "Ferries" if day % 2 else "日本"
        site.write(f"2026-11-{day}-a.md", title=f"Story {day}", topic=topic)
    assert site.build().returncode == 0
    assert (site.output / "all.atom.gz").is_file()
    (site.output / "output-state").mkdir()
    for name in (*STATE, *(f"output-state/{name}" for name in STATE), ".hidden"):
        (site.output / name).write_bytes(b"of no reader's business\n")
    return site.output


@pytest.fixture(scope="module", params=HOSTS)
def host(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    output: Path,
) -> Iterator[Host]:
    with running(request.param, tmp_path_factory, output) as host:
        yield host


@contextlib.contextmanager
def running(
    name: str, tmp_path_factory: pytest.TempPathFactory, output: Path, rules: str = ""
) -> Iterator[Host]:
    """Run a host on loopback, which includes these rules."""
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    program = shutil.which(name, path=search)
    if program is None:
        pytest.skip(f"needs {name}")
    folder = tmp_path_factory.mktemp(name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = HOSTS[name](folder, output, port)
    if rules:
        _include(folder, rules)
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - found on the path
            [program, *arguments], env={**os.environ, **homes}, stdout=log, stderr=log
        )
    try:
        _wait(process, port, folder / "log")
        yield Host(port=port, output=output)
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _include(folder: Path, rules: str) -> None:
    """Write rules, and have the settings include them, where these say so."""
    (folder / "rules").write_text(rules, "utf-8")
    file = next(each for each in folder.iterdir() if each.name != "rules")
    text, count = re.subn(
        r"# (include|import) /etc/\S+/stoker-redirects(?:\.conf)?",
        rf"\1 {folder}/rules",
        file.read_text("utf-8"),
    )
    assert count == 1
    file.write_text(text, "utf-8")


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            has_ended = process.poll() is not None
            assert not has_ended and time.monotonic() < deadline, log.read_text("utf-8")  # noqa: PT018
            time.sleep(0.05)
        else:
            return


def url(stem: str) -> str:
    return f"/{quote(stem)}"


@pytest.mark.parametrize("slash", ["", "/"], ids=["bare", "with a slash"])
@pytest.mark.parametrize("stem", STEMS)
class TestBareStem:
    """It is true that a folder of the same name changes nothing."""

    def test_a_reader_gets_atom(self, host, stem, slash):
        answer = host.get(url(stem) + slash)
        assert (answer.status, answer.fields["content-type"]) == (200, TYPES["atom"])
        assert answer.body == (host.output / f"{stem}.atom").read_bytes()
        assert "location" not in answer.fields

    def test_a_browser_gets_the_page_where_there_is_one(self, host, stem, slash):
        answer = host.get(url(stem) + slash, Accept=BROWSERS["Firefox, Safari"])
        form = "html" if (host.output / f"{stem}.html").is_file() else "atom"
        assert (answer.status, answer.fields["content-type"]) == (200, TYPES[form])
        assert answer.body == (host.output / f"{stem}.{form}").read_bytes()

    def test_it_says_what_it_depends_on_and_how_long_it_keeps(self, host, stem, slash):
        fields = host.get(url(stem) + slash, Accept_Encoding="gzip").fields
        assert "Accept" in re.split(r", *", fields["vary"])
        assert fields["cache-control"] == "public, max-age=300"
        assert fields["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("accept", BROWSERS.values(), ids=BROWSERS)
def test_every_browser_gets_the_page(host, accept):
    assert host.get("/all", Accept=accept).fields["content-type"] == TYPES["html"]


@pytest.mark.parametrize("name", READERS)
def test_no_reader_gets_the_page(host, name):
    accept, form = READERS[name]
    # A map of headers cannot weigh: who knows Atom gets that.
    form = "atom" if accept and "atom+xml" in accept else form
    assert host.get("/all", Accept=accept).fields["content-type"] == TYPES[form]


def test_a_bare_stem_is_coded_and_conditional_as_its_document_is(host):
    for path in ("/all", "/all/", "/all.atom"):
        answer = host.get(path, Accept_Encoding="gzip")
        assert answer.fields["content-encoding"] == "gzip"
        whole = (host.output / "all.atom").read_bytes()
        assert gzip.decompress(answer.body) == whole
        tag = answer.fields["etag"]
        again = host.get(path, Accept_Encoding="gzip", If_None_Match=tag)
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("form", TYPES)
def test_a_document_has_its_own_type_whatever_is_asked_for(host, form):
    answer = host.get(f"/topics/ferries.{form}", Accept="text/html")
    assert (answer.status, answer.fields["content-type"]) == (200, TYPES[form])
    assert "Accept" not in re.split(r", *", answer.fields.get("vary", ""))


def test_the_root_is_the_index_page_and_the_list_is_json(host):
    assert host.get("/").body == (host.output / "index.html").read_bytes()
    assert host.get("/feeds.json").fields["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        *("/manifest.json", "/manifest", "/manifest/", "/manifest.json/"),
        *("/manifest.json.gz", "/%6danifest.json", "//manifest.json", "/./manifest"),
        *("/catalog.sqlite3", "/catalog.sqlite3-wal", "/unchanged.json", "/unchanged"),
        *(f"/output-state/{name}" for name in (*STATE, "unchanged", "")),
        *("/.hidden", "/.stoker-staging/0", "/topics/.hidden"),
        *("/feeds", "/feeds/", "/index", "/index/", "/index.html/x"),
        *("/topics", "/topics/", "/providers", "/providers/", "/nothing", "/nothing/"),
        *("/topics/ferries/nothing", "/topics/ferries.atom.atom", "/topics//"),
    ],
)
def test_nothing_else_is_there(host, path):
    answer = host.get(path, Accept="application/json")
    assert answer.status == 404, answer.fields
    assert host.get(path).status == 404


class Renamed:
    """A site two of whose feeds have another name, below a path or not."""

    def __init__(self, root: Path) -> None:
        self.site = Site(root)
        for day in range(10, 16):
            topic = "Ferries" if day % 2 else "日本"
            self.site.write(f"2026-11-{day}-a.md", title=f"Story {day}", topic=topic)
        self.site.build()
        with (root / "stoker.toml").open("a", encoding="utf-8") as settings:
            settings.write(
                '[[topics]]\nname = "Ferries"\nslug = "boats"\n'
                '[[topics]]\nname = "日本"\nslug = "été"\n'
            )
        self.site.build(now="2026-11-21T12:00:00Z")

    def rules(self, host: str) -> str:
        return self.site.stoker("list", "redirects", "--format", host).stdout


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Renamed:
    return Renamed(tmp_path_factory.mktemp("renamed"))


@pytest.fixture(scope="module", params=HOSTS)
def copying(request, tmp_path_factory, renamed):
    with running(request.param, tmp_path_factory, renamed.site.output) as host:
        yield host


@pytest.fixture(scope="module", params=HOSTS)
def sending(request, tmp_path_factory, renamed):
    rules = renamed.rules(request.param)
    with running(request.param, tmp_path_factory, renamed.site.output, rules) as host:
        yield host


NAMES = [("topics/ferries", "topics/boats"), ("topics/日本", "topics/été")]


class TestCopies:
    """It is true that a host that knows of no redirect has the feeds under old names."""

    @pytest.mark.parametrize(("old", "new"), NAMES)
    def test_documents_and_bare_stems_are_those_of_the_new_name(
        self, copying, old, new
    ):
        for form, media_type in TYPES.items():
            answer = copying.get(f"{url(old)}.{form}", Accept_Encoding="gzip")
            assert (answer.status, answer.fields["content-type"]) == (200, media_type)
            whole = (copying.output / f"{new}.{form}").read_bytes()
            assert gzip.decompress(answer.body) == whole
        for end in ("", "/", "/latest", "/latest/"):
            target = new + end.rstrip("/")
            whole = (copying.output / f"{target}.atom").read_bytes()
            assert copying.get(url(old) + end).body == whole

    def test_the_page_says_which_address_is_the_right_one(self, copying):
        page = copying.get("/topics/ferries.html").body.decode()
        link = '<link rel="canonical" href="https://feeds.example/topics/boats.html">'
        assert link in page


class TestRedirects:
    """It is true that with the rules that are listed it answers as we do ourselves."""

    @pytest.mark.parametrize(("old", "new"), NAMES)
    @pytest.mark.parametrize(
        ("end", "goal"),
        [
            *((f".{form}", f".{form}") for form in TYPES),
            *(("", ""), ("/", ""), ("/latest.rss", "/latest.rss")),
            *(("/latest", "/latest"), ("/latest/", "/latest")),
        ],
    )
    def test_it_sends_to_the_new_name(self, sending, old, new, end, goal):
        answer = sending.get(url(old) + end)
        assert (answer.status, answer.fields["location"]) == (301, url(new) + goal)
        assert sending.get(answer.fields["location"]).status == 200

    def test_nothing_else_is_sent_away(self, sending):
        for path in ("/all", "/topics/boats.atom", "/topics/boats/", "/"):
            assert sending.get(path).status == 200
        assert sending.get("/topics/ferries-2.atom").status == 404


class TestRules:
    """What is listed for those hosts that are not run here, and for people."""

    def test_for_netlify_each_wins_over_the_file(self, renamed):
        lines = renamed.rules("netlify").splitlines()
        assert "/topics/ferries.atom /topics/boats.atom 301!" in lines
        quoted = f"{url('topics/日本')}/latest {url('topics/été')}/latest 301!"
        assert quoted in lines

    def test_for_apache_each_is_the_whole_path(self, renamed):
        lines = renamed.rules("apache").splitlines()
        wanted = (
            'RedirectMatch permanent "^/topics/ferries\\.atom$" "/topics/boats.atom"'
        )
        assert wanted in lines

    def test_for_people_they_are_pairs(self, renamed):
        lines = renamed.rules("table").splitlines()
        assert "/topics/日本.atom\t/topics/%C3%A9t%C3%A9.atom" in lines

    def test_for_programs_they_are_json(self, renamed):
        run = renamed.site.stoker("list", "redirects", "--json")
        pairs = {each["from"]: each["to"] for each in json.loads(run.stdout)}
        assert pairs["/topics/ferries"] == "/topics/boats"
        assert pairs["/topics/ferries/"] == "/topics/boats"

    def test_below_a_path_they_stay_there(self, renamed):
        base = ("--base-url", "https://feeds.example/a%20b")
        run = renamed.site.stoker("list", "redirects", "--format", "netlify", *base)
        assert "/a%20b/topics/ferries /a%20b/topics/boats 301!" in run.stdout

    @pytest.mark.parametrize("form", ["table", *HOSTS, "netlify", "apache"])
    def test_where_nothing_moved_there_are_none(self, tmp_path, form):
        site = Site(tmp_path)
        site.write("a.md")
        site.build()
        run = site.stoker("list", "redirects", "--format", form)
        assert (run.returncode, run.stdout) == (0, "")

    def test_of_other_lists_they_are_no_form(self, renamed):
        run = renamed.site.stoker("list", "feeds", "--format", "nginx")
        assert (run.returncode, "--format" in run.stderr) == (2, True)
