"""Request targets and keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.targets import TargetError, key_of, key_of_target, unslashed


@pytest.mark.parametrize(
    ("target", "key"),
    [
        pytest.param("/all.atom", "/all.atom", id="plain"),
        pytest.param("/all.atom?page=2&x=/y", "/all.atom", id="query"),
        pytest.param("/", "/", id="root"),
        pytest.param("http://evil.example/all.atom", "/all.atom", id="absolute form"),
        pytest.param("HTTPS://h:1/a?b", "/a", id="absolute form in capitals"),
        pytest.param("http://h", "/", id="absolute form without path"),
        pytest.param("http://h?x", "/", id="absolute form with only a query"),
        pytest.param("/%61ll.atom", "/all.atom", id="needless escape"),
        pytest.param("/t/%E6%97%A5.atom", "/t/%E6%97%A5.atom", id="UTF-8"),
        pytest.param("/t/%e6%97%a5.atom", "/t/%E6%97%A5.atom", id="lower-case hex"),
        pytest.param("/t/日.atom", "/t/%E6%97%A5.atom", id="raw UTF-8"),
        pytest.param("/t%2Fx.atom", "/t%2Fx.atom", id="escaped slash stays"),
        pytest.param("/../a", "/../a", id="dots stay"),
        pytest.param("/%2e%2e/a", "/../a", id="escaped dots stay"),
        pytest.param("//a", "//a", id="two slashes stay"),
        pytest.param("/a/", "/a/", id="trailing slash stays"),
        pytest.param("/a+b", "/a+b", id="plus is no blank"),
    ],
)
def test_key(target, key):
    assert key_of_target(target) == key


@pytest.mark.parametrize(
    "target",
    [
        *("/%", "/%4", "/%zz", "/%00", "/%0d%0ax:y", "/%C0%AF", "/%ff", "/\udcff"),
        *("a", "*", "/%7F", "/%C2%85", "ftp://h/a", "/%ED%A0%80"),
    ],
    ids=ascii,
)
def test_bad_target(target):
    with pytest.raises(TargetError):
        key_of_target(target)


@pytest.mark.parametrize(
    ("key", "bare"), [("/a", "/a"), ("/a/", "/a"), ("/a//", "/a/"), ("/", "/")]
)
def test_one_slash_at_the_end_is_taken_away(key, bare):
    assert unslashed(key) == bare


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1))
def test_a_path_is_found_by_its_own_key(path):
    assert key_of_target(key_of(path)) == key_of(path)


@given(st.text())
def test_nothing_else_raises(target):
    try:
        key = key_of_target(target)
    except TargetError:
        return
    assert key_of_target(key) == key
    assert key.isascii()
    assert key.isprintable()
