"""Audio and video that articles bring along."""

import pytest

DURATIONS = {
    "ISO 8601": "PT9M9S",
    "ISO 8601 with zeros": "PT0H9M9S",
    "ISO 8601 with days": "P0DT0H9M9S",
    "ISO 8601 in seconds": "PT549S",
    "ISO 8601 in lower case": "pt9m9s",
    "ISO 8601 with a fraction": "PT9M9.4S",
    "hours": "00:09:09",
    "one-digit hours": "0:09:09",
    "minutes": "09:09",
    "one-digit minutes": "9:09",
    "many minutes": "009:09",
    "in quotes": '"9:09"',
    "seconds": "549",
    "seconds as text": '"549"',
    "a float": "549.0",
    "with blanks": '" 9:09 "',
}
LINE = "enclosure: https://cdn.example/a.mp3"


@pytest.mark.parametrize("written", DURATIONS.values(), ids=DURATIONS.keys())
def test_i24_durations_are_one_thing(article_of, written):
    (audio,) = article_of(LINE, f"duration: {written}").enclosures
    assert audio.duration_s == 549


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("PT1H2M3S", 3723),
        ("1:02:03", 3723),
        ("01:02:03", 3723),
        ("62:03", 3723),
        ("PT1H", 3600),
        ("60:00", 3600),
        ("1:00:00", 3600),
        ("0", 0),
        ("0:00", 0),
        ("PT0S", 0),
    ],
)
def test_i24_over_an_hour_and_none_at_all(article_of, written, seconds):
    (audio,) = article_of(LINE, f"duration: {written}").enclosures
    assert audio.duration_s == seconds


@pytest.mark.parametrize(
    "text",
    [
        (
            '+++\ntitle = "A"\ndate = 2021-01-27\naudio = "https://a.example/a.mp3"\n'
            "duration = 00:09:09\n+++\n"
        ),
        (
            '+++\ntitle = "A"\ndate = 2021-01-27\naudio = "https://a.example/a.mp3"\n'
            "duration = 549\n+++\n"
        ),
        (
            '{"title": "A", "date": "2021-01-27", "audio": "https://a.example/a.mp3",'
            ' "duration": 549}'
        ),
        "Title: A\nDate: 2021-01-27\nAudio: https://a.example/a.mp3\nDuration: 9:09\n\n",
    ],
    ids=["a TOML time", "a TOML number", "a JSON number", "headers"],
)
def test_i24_in_every_dialect(parse, text):
    parsed = parse(text)
    assert parsed.problems == ()
    assert parsed.article.enclosures[0].duration_s == 549


@pytest.mark.parametrize(
    "written", ["about nine minutes", "-549", "PT", "9:09:09:09", "true", "[9, 9]"]
)
def test_i24_what_is_none_is_reported_and_unknown(parse, warnings_of, written):
    text = f"---\ntitle: A\ndate: 2021-01-27\n{LINE}\nduration: {written}\n---\n"
    assert len(warnings_of(text)) == 1
    assert parse(text).article.enclosures[0].duration_s == 0


URL = "https://cdn.example/a.mp3"
SOURCES = {
    "enclosure": f"enclosure: {URL}",
    "enclosure with url": f"enclosure: {{url: '{URL}'}}",
    "enclosure with file": f"enclosure: {{file: '{URL}'}}",
    "enclosures": f"enclosure: [{{url: '{URL}'}}]",
    "audio": f"audio: {URL}",
    "audio with src": f"audio: {{src: '{URL}'}}",
    "podcast_file": f"podcast_file: {URL}",
    "file": f"file: {URL}\nbytes: 549000\nduration: 9:09",
}


class TestAudio:
    @pytest.mark.parametrize("preset", ["auto", "podcast"])
    @pytest.mark.parametrize("name", SOURCES)
    def test_i25_it_is_named_by_many_keys(self, article_of, name, preset):
        (audio,) = article_of(SOURCES[name], preset=preset).enclosures
        assert (audio.url, audio.media_type) == (URL, "audio/mpeg")

    @pytest.mark.parametrize(
        ("lines", "size", "problems"),
        [
            ((f"file: {URL}", "bytes: 12345678"), 12345678, 0),
            ((f"file: {URL}", 'bytes: "12345678"'), 12345678, 0),
            ((f"file: {URL}", 'bytes: "12,345,678"'), 12345678, 0),
            ((f"file: {URL}", "bytes:"), 0, 0),
            ((f"file: {URL}",), 0, 0),
            ((f"file: {URL}", "bytes: twelve"), 0, 1),
            ((f"file: {URL}", "bytes: -5"), 0, 1),
            ((f"podcast_file: {URL}", "podcast_bytes: 77"), 77, 0),
            ((f"enclosure: {{url: '{URL}', length: 77}}",), 77, 0),
            ((f"enclosure: {{url: '{URL}', length: '77'}}", "bytes: 5"), 77, 0),
        ],
        ids=[
            *("number", "text", "separators", "null", "missing", "words", "negative"),
            *("podcast_bytes", "in the mapping", "the mapping's first"),
        ],
    )
    def test_i25_sizes_may_be_missing_or_text(self, parse, lines, size, problems):
        head = ("---", "title: A", "date: 2021-01-27")
        parsed = parse("\n".join((*head, *lines, "---", "")), preset="podcast")
        assert parsed.article.enclosures[0].size_bytes == size
        assert len(parsed.problems) == problems

    def test_i25_file_bytes_and_duration_are_one_episode(self, article_of):
        (audio,) = article_of(
            "file: /audio/9.mp3", "bytes: 549", "duration: 9:09", preset="podcast"
        ).enclosures
        assert (audio.size_bytes, audio.duration_s) == (549, 549)

    @pytest.mark.parametrize(
        ("file", "base", "url"),
        [
            ("a.mp3", "https://cdn.example/", "https://cdn.example/a.mp3"),
            ("a.mp3", "https://cdn.example/ep/", "https://cdn.example/ep/a.mp3"),
            ("/a.mp3", "https://cdn.example/ep/", "https://cdn.example/a.mp3"),
            ("ep/a b.mp3", "https://cdn.example/", "https://cdn.example/ep/a%20b.mp3"),
            (
                "//other.example/a.mp3",
                "https://cdn.example/",
                "https://other.example/a.mp3",
            ),
            (
                "https://o.example/a.mp3",
                "https://cdn.example/",
                "https://o.example/a.mp3",
            ),
            ("a.mp3", "", "https://www.example/a.mp3"),
        ],
        ids=["name", "folder", "root", "blank", "scheme", "absolute", "home page"],
    )
    def test_i25_relative_files_have_a_base(self, article_of, file, base, url):
        (audio,) = article_of(
            f"podcast_file: {file}", media_url=base, home="https://www.example/"
        ).enclosures
        assert audio.url == url

    def test_i25_missing_sizes_are_measured_where_the_file_is(self, desk_of, tmp_path):
        (tmp_path / "media" / "ep").mkdir(parents=True)
        (tmp_path / "media" / "ep" / "9.mp3").write_bytes(b"x" * 549)
        (tmp_path / "secret.mp3").write_bytes(b"x" * 9)
        desk = desk_of(
            source={
                "media_url": "https://cdn.example/media/",
                "media_path": str(tmp_path / "media"),
            }
        )
        sizes = {
            "name": (("podcast_file: ep/9.mp3",), 549),
            "path": (("podcast_file: /media/ep/9.mp3",), 549),
            "no number": (("podcast_file: ep/9.mp3", "podcast_bytes: unknown"), 549),
            "stated": (("podcast_file: ep/9.mp3", "podcast_bytes: 77"), 77),
            "absent": (("podcast_file: ep/none.mp3",), None),
            "outside": (("podcast_file: ../secret.mp3",), None),
            "elsewhere": (("podcast_file: https://o.example/media/ep/9.mp3",), None),
        }
        for name, (lines, _) in sizes.items():
            desk.story(name + ".md", *lines)
        desk.build()
        found = {
            entry["title"].removesuffix(".md"): entry["attachments"][0].get(
                "size_in_bytes"
            )
            for entry in desk.entries()
        }
        assert found == {name: size for name, (_, size) in sizes.items()}
