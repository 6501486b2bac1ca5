"""What everything cached depends on."""

from feeds.pipeline.basis import _PACKAGES, code_digest, installed_files


def test_every_package_that_reads_or_renders_counts():
    """It is true that none was renamed, or left out for want of a file."""
    assert [file.parent.name for file in installed_files()] == list(_PACKAGES)


def test_the_digest_is_the_same_as_long_as_nothing_is_installed_anew():
    first = code_digest()
    code_digest.cache_clear()
    assert code_digest() == first
