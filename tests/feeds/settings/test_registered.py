"""Topics and providers in the settings: what is taken, and what is refused."""

import pytest

from feeds.errors import SettingsError
from feeds.settings import load, registrations

TOPIC = "[[topics]]\nname = 'Rail'\n"
PROVIDER = "[[providers]]\nname = 'Quay'\ndomain = 'quay.example'\n"


@pytest.fixture
def settings(tmp_path):
    """Load settings from TOML text and environment."""

    def settings(toml="", **environ):
        file = tmp_path / "site.toml"
        file.write_text(toml)
        return load(file, environ=environ, flags={}, folder=tmp_path).settings

    return settings


@pytest.fixture
def refused(settings, tmp_path):
    """Return the message with which settings are refused, less the folder's name."""

    def refused(toml="", **environ):
        with pytest.raises(SettingsError) as caught:
            settings(toml, **environ)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return refused


class TestTaken:
    def test_i46_all_that_is_said_of_a_topic(self, settings):
        found = settings(
            "[site]\nbase_url = 'https://feeds.example'\n"
            "[[topics]]\nname = 'Night trains'\nslug = 'sleepers'\nparent = 'Rail'\n"
            "aliases = ['Couchettes']\nimage = '/s.png'\nkeywords = ['berths']\n"
            + TOPIC
        )
        topic, rail = registrations(found)
        assert (topic.slug, topic.parent) == ("sleepers", "Rail")
        assert (topic.aliases, topic.keywords) == (("Couchettes",), ("berths",))
        assert topic.image == "https://feeds.example/s.png"
        assert (rail.name, rail.place, rail.is_setting) == ("Rail", "topics[1]", True)

    def test_i46_all_that_is_said_of_a_provider(self, settings):
        toml = (
            "[site]\nhome_page_url = 'https://www.example/news/'\n" + PROVIDER
            + "slug = 'q'\naliases = ['b.example', 'Q & Co']\nimage = 's.png'\n"
        )  # fmt: skip
        (quay,) = registrations(settings(toml))
        assert (quay.kind, quay.slug, quay.domain) == ("provider", "q", "quay.example")
        assert quay.aliases == ("b.example", "Q & Co")
        assert quay.image == "https://www.example/news/s.png"

    @pytest.mark.parametrize("domain", ["www.Quay.example", "https://quay.example/x"])
    def test_a_domain_may_be_any_form_of_it(self, settings, domain):
        toml = PROVIDER.replace("quay.example", domain)
        (quay,) = registrations(settings(toml))
        assert quay.domain == "quay.example"

    def test_the_environment_gives_names(self, settings):
        found = settings(
            TOPIC, STOKER_TOPICS="Ferries, Night trains,", STOKER_PROVIDERS="Quay"
        )
        assert [topic.name for topic in found.topics] == ["Ferries", "Night trains"]
        assert [provider.name for provider in found.providers] == ["Quay"]

    def test_folders_start_at_the_file(self, settings, tmp_path):
        found = settings("[registry]\nfolders = ['shared/_data', '/etc/x']\n")
        assert found.registry.folders == (str(tmp_path / "shared/_data"), "/etc/x")

    def test_a_parent_may_be_in_a_file(self, settings, tmp_path):
        (tmp_path / "articles" / "_data").mkdir(parents=True)
        toml = TOPIC + "parent = 'Transport'\n[[sources]]\npath = 'articles'\n"
        assert settings(toml).topics[0].parent == "Transport"


class TestRefused:
    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            ("[[topics]]\nslug = 'x'", "site.toml:1: topics[0]: expected the key 'name', got '{'slug': 'x'}'"),
            ("[[topics]]\nname = ''", "site.toml:2: topics[0].name: expected text in quotes of length >= 1, got ''"),
            ("[[topics]]\nname = ' '", "site.toml:2: topics[0].name: expected a name, got ' '"),
            (TOPIC + "aliases = ['<b>']", "site.toml:3: topics[0].aliases: expected a name, got '<b>'"),
            (TOPIC + "aliases = [1]", "site.toml:3: topics[0].aliases[0]: expected text in quotes, got '1'"),
            (TOPIC + "alias = []", "site.toml:3: topics[0].alias: unknown setting; did you mean aliases?"),
            (TOPIC + "[[topics]]\nname='X'\ndomain = 'x'", "site.toml:5: topics[1].domain: unknown setting"),
            (PROVIDER + "parent = 'x'", "site.toml:4: providers[0].parent: unknown setting"),
            (TOPIC + "image = 'ftp://x/'", "site.toml:3: topics[0].image: expected an http(s) URL, or one relative to the home page, got 'ftp://x/'"),
            (PROVIDER.replace("quay.", ""), "site.toml:3: providers[0].domain: expected a domain such as \"example.org\", got 'example'"),
            ("[topics]\nname = 'X'", "site.toml:1: topics: expected a list in brackets, got '{'name': 'X'}'"),
            ("topics = [{nam = 'X'}]", "site.toml:1: topics[0].nam: unknown setting; did you mean name?"),
            ("[[topic]]\nname = 'X'", "site.toml:1: topic: unknown setting; did you mean topics?"),
            ("[registry]\nfolder = []", "site.toml:2: registry.folder: unknown setting; did you mean registry.folders?"),
        ],
        ids=lambda value: value.partition(": ")[2],
    )  # fmt: skip
    def test_the_message_names_place_key_form_and_value(self, refused, toml, message):
        assert refused(toml) == message

    @pytest.mark.parametrize(
        ("toml", "message"),
        [
            pytest.param(
                TOPIC + "[[topics]]\nname = 'Trains'\nslug = 'rail'\n",
                "site.toml:5: topics[1].slug: expected a slug of its own, but "
                "topics[0] (site.toml:1) has it too, got 'rail'",
                id="slug",
            ),
            pytest.param(
                TOPIC + "[[topics]]\n# the same\nname = 'RAIL'\n",
                "site.toml:5: topics[1].name: expected a name of its own, but "
                "topics[0] (site.toml:1) has it too, got 'RAIL'",
                id="name",
            ),
            pytest.param(
                TOPIC + "aliases = ['x']\n[[topics]]\nname = 'T'\naliases = ['X']\n",
                "site.toml:6: topics[1].aliases: expected a name of its own, but "
                "topics[0] (site.toml:1) has it too, got 'X'",
                id="alias",
            ),
            pytest.param(
                PROVIDER + PROVIDER,
                "site.toml:6: providers[1].domain: expected a domain of its own, but "
                "providers[0] (site.toml:1) has it too, got 'quay.example'",
                id="domain",
            ),
            pytest.param(
                TOPIC + "slug = 'con'\n",
                "site.toml:3: topics[0].slug: expected a slug such as 'con-feed', "
                "got 'con'",
                id="reserved",
            ),
            pytest.param(
                TOPIC + "parent = 'Transport'\n",
                "site.toml:3: topics[0].parent: expected the name of a registered "
                "topic, got 'Transport'",
                id="no parent",
            ),
            pytest.param(
                TOPIC + "parent = 'T'\n[[topics]]\nname = 'T'\nparent = 'rail'\n",
                "site.toml:6: topics[1].parent: expected a topic that is not below "
                "it, as topics[0] (site.toml:1) is, got 'rail'",
                id="circle",
            ),
        ],
    )
    def test_r16_two_claims_are_refused_naming_both_places(
        self, refused, toml, message
    ):
        assert refused(toml) == message

    def test_r16_what_the_environment_gives_is_refused_alike(self, refused):
        message = refused(STOKER_TOPICS="Rail,rail")
        assert message.startswith("STOKER_TOPICS: topics[1].name: expected a name of")
        assert "topics[0] (STOKER_TOPICS) has it too" in message
