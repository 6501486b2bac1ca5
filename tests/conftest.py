"""Options of the whole suite."""

import os
import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Under libfaketime: see there. The processes of tests look for it in their path.
if "FAKETIME" in os.environ:
    _SLEEP = Path(__file__).parent / "matrix" / "sleep"
    runpy.run_path(str(_SLEEP / "sitecustomize.py"))
    _others = filter(None, [os.environ.get("PYTHONPATH")])
    os.environ["PYTHONPATH"] = os.pathsep.join((str(_SLEEP), *_others))

settings.register_profile(
    "suite",
    deadline=None,  # the suite's own timeout bounds a test; a busy machine is no bug
    max_examples=60,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files with what the code now makes",
    )
