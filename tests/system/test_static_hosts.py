"""The static hosts of `config/`, run by nginx and Caddy themselves, on what a build wrote.

Skipped where these programs are not installed.
"""

import gzip
import http.client
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
    name = request.param
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    program = shutil.which(name, path=search)
    if program is None:
        pytest.skip(f"needs {name}")
    folder = tmp_path_factory.mktemp(name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = HOSTS[name](folder, output, port)
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
