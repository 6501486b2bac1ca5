"""The exact problems of two real sites, reviewed and kept as golden files.

Each line is severity, path, line, key and what is expected; values are left out.
"""

from pathlib import Path

import pytest

from tests.real.conftest import SHARED, build, source

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("site", ["diablo4", "mspowerapps"])
def test_the_problems_are_those_reviewed(site, tmp_path, request):
    built = build(tmp_path, source(SHARED / "corpus" / site))
    found = "".join(
        "\t".join(str(p[k]) for k in ("severity", "path", "line", "key", "expected"))
        + "\n"
        for p in built.report["problems"]
    )
    golden = GOLDEN / f"{site}.problems"
    if request.config.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")
    assert built.report["quarantined"] == found.count("error\t")
