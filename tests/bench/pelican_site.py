"""Sets up Pelican on the same articles: feeds of topics and providers, and no page.

Topics are its tags and the provider's domain its author, the only two groups of which
an article is in feeds of its own making. It keeps a cache of what it has read, which
is off unless asked for. Articles hold the keys Pelican needs and nothing else.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.bench.rivals import LIMIT, Entry

# With an empty name a page is not written.
_PAGES = (
    "ARTICLE",
    "ARTICLE_LANG",
    "DRAFT",
    "DRAFT_LANG",
    "AUTHOR",
    "AUTHORS",
    "CATEGORY",
    "CATEGORIES",
    "TAG",
    "TAGS",
    "INDEX",
    "ARCHIVES",
)
_SETTINGS: Mapping[str, object] = {
    "SITENAME": "",
    "SITEURL": "https://feeds.example",
    "TIMEZONE": "UTC",
    "DEFAULT_LANG": "en",
    "USE_FOLDER_AS_CATEGORY": False,
    "FEED_MAX_ITEMS": LIMIT,
    "FEED_ALL_ATOM": None,
    "CATEGORY_FEED_ATOM": None,
    "TRANSLATION_FEED_ATOM": None,
    "TAG_FEED_ATOM": "topics/{slug}.atom",
    "TAG_FEED_RSS": "topics/{slug}.rss",
    "AUTHOR_FEED_ATOM": "providers/{slug}.atom",
    "AUTHOR_FEED_RSS": "providers/{slug}.rss",
    "DIRECT_TEMPLATES": [],
    "THEME_STATIC_PATHS": [],
    "STATIC_PATHS": [],
    "PAGE_PATHS": [],
    "CACHE_CONTENT": True,
    "LOAD_CONTENT_CACHE": True,
    **{f"{page}_SAVE_AS": "" for page in _PAGES},
}


def write_pelican_site(
    entries: Iterable[Entry], folder: Path, *, output: Path, cache: Path
) -> tuple[Path, Path]:
    """Write one article for each entry; unpublished ones become drafts.

    Returns:
        The folder of articles and the file of settings.
    """
    articles = folder / "content"
    articles.mkdir(parents=True)
    for entry in entries:
        (articles / f"{entry.stem}.md").write_text(_article(entry), encoding="utf-8")
    settings = folder / "pelicanconf.py"
    known = {**_SETTINGS, "OUTPUT_PATH": str(output), "CACHE_PATH": str(cache)}
    lines = [f"{key} = {value!r}\n" for key, value in known.items()]
    settings.write_text("".join(lines), encoding="utf-8")
    return articles, settings


def _article(entry: Entry) -> str:
    keys = {
        "Title": entry.title,
        "Slug": entry.stem,
        "Date": entry.date.isoformat(),
        "Status": "published" if entry.is_published else "draft",
        "Author": entry.domain,
        "Category": "news",
        "Tags": ", ".join(entry.topics),
        "Summary": entry.excerpt,
        "url": entry.link,
    }
    return "".join(f"{key}: {value}\n" for key, value in keys.items()) + "\n"
