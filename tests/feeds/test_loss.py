"""Which articles are held back when their files are gone, and which may leave."""

import pytest

from feeds.loss import WINDOW_S, Trace, Verdict, judge

NOW_S = 1_700_000_000
SOURCE = "news/"


def paths(count: int, folder: str = "", start: int = 0) -> list[str]:
    return [f"{SOURCE}{folder}{number:03}.md" for number in range(start, start + count)]


def source_of(path: str) -> str:
    return f"{path.partition('/')[0]}/"


class Site:
    """What stands published, build after build."""

    def __init__(self, *stood: str) -> None:
        self.stood = set(stood)
        self.away: set[str] = set()  # the files that are gone
        self.traces: tuple[Trace, ...] = ()

    def build(self, gone=(), fresh=(), back=(), now_s: int = NOW_S) -> Verdict:
        self.away = (self.away | set(gone)) - set(back)
        verdict = judge(
            stood={path: source_of(path) for path in self.stood},
            gone=self.away & self.stood,
            fresh={path: source_of(path) for path in fresh},
            traces=self.traces,
            here=(self.stood | set(fresh)) - self.away,
            now_ts=now_s,
        )
        self.traces = verdict.traces
        self.stood = (self.stood | set(fresh)) - (self.away - verdict.held)
        self.away &= self.stood
        return verdict


class TestLimits:
    @pytest.mark.parametrize(
        ("count", "gone", "held"),
        [
            pytest.param(1, 1, 0, id="one of one"),
            pytest.param(2, 2, 0, id="two of two"),
            pytest.param(3, 2, 0, id="two of three"),
            pytest.param(3, 3, 3, id="three of three"),
            pytest.param(19, 18, 0, id="all but one of nineteen"),
            pytest.param(19, 19, 19, id="all of nineteen"),
            pytest.param(20, 10, 0, id="half of twenty"),
            pytest.param(20, 11, 11, id="more than half of twenty"),
            pytest.param(500, 251, 251, id="more than half of many"),
        ],
    )
    def test_of_a_source(self, count, gone, held):
        stood = paths(count)
        assert len(Site(*stood).build(gone=stood[:gone]).held) == held

    @pytest.mark.parametrize(
        ("count", "gone", "held"),
        [
            pytest.param(11, 11, 0, id="all of eleven"),
            pytest.param(12, 11, 0, id="all but one of twelve"),
            pytest.param(12, 12, 12, id="all of twelve"),
        ],
    )
    def test_of_a_folder(self, count, gone, held):
        inner = paths(count, folder="2024/")
        site = Site(*inner, *paths(80))
        assert len(site.build(gone=inner[:gone]).held) == held

    def test_a_folder_counts_what_is_in_the_folders_in_it(self):
        inner = [*paths(6, folder="2024/a/"), *paths(6, folder="2024/b/")]
        site = Site(*inner, *paths(80))
        verdict = site.build(gone=inner)
        assert verdict.held == set(inner)
        assert [loss.place for loss in verdict.losses] == ["news/2024/"]

    def test_of_all_sources_together(self):
        stood = [f"{name}/{n}.md" for name in "abcdefghij" for n in range(10)]
        # Half of each but one more of one: each source may lose as many.
        gone = [path for path in stood if int(path[2:-3]) < 5]
        assert not Site(*stood).build(gone=gone).held
        verdict = Site(*stood).build(gone=[*gone, "a/5.md"])
        assert len(verdict.held) == 51
        assert [loss.kind for loss in verdict.losses] == ["site"]

    def test_another_source_is_published_meanwhile(self):
        lost, kept = [f"lost/{n}.md" for n in range(19)], paths(21)
        verdict = Site(*lost, *kept).build(gone=[*lost, kept[0]])
        assert verdict.held == set(lost)

    def test_a_source_of_two_that_is_emptied_is_told(self):
        stood = ["small/a.md", "small/b.md"]
        verdict = Site(*stood, *paths(30)).build(gone=stood)
        assert (verdict.held, verdict.emptied) == (frozenset(), (("small/", 2),))


class TestTheLastHour:
    def test_a_slow_loss_takes_no_more_than_a_quick_one(self):
        stood = paths(60)
        site = Site(*stood)
        for second, path in enumerate(stood):
            site.build(gone=[path], now_s=NOW_S + second)
        assert len(site.stood) == 60 - 30
        assert len(site.away) == 30

    def test_what_left_long_ago_does_not_count(self):
        stood = paths(60)
        site = Site(*stood)
        site.build(gone=stood[:30])
        verdict = site.build(gone=stood[30:32], now_s=NOW_S + WINDOW_S)
        assert not verdict.held

    def test_a_build_after_a_long_rest_is_measured_by_the_last(self):
        site = Site(*paths(40))
        site.build()
        verdict = site.build(gone=paths(40), now_s=NOW_S + 90 * 24 * WINDOW_S)
        assert len(verdict.held) == 40

    def test_a_clock_that_was_set_back_counts_nothing_for_ever(self):
        stood = paths(60)
        site = Site(*stood)
        site.build(gone=stood[:30], now_s=NOW_S + 10 * WINDOW_S)
        assert not site.build(gone=stood[30:32], now_s=NOW_S).held

    def test_it_stays_held_back_however_long_that_takes(self):
        stood = paths(40)
        site = Site(*stood)
        first = site.build(gone=stood)
        later = site.build(now_s=NOW_S + 100 * WINDOW_S)
        assert later.held == first.held == set(stood)
        assert later.losses[0].since_ts == NOW_S


class TestWhatIsNoLoss:
    def test_files_that_are_replaced(self):
        stood = paths(40)
        new = paths(20, folder="moved/")
        assert not Site(*stood).build(gone=stood, fresh=new).held

    def test_fewer_than_half_as_many_new_ones_are_no_replacement(self):
        stood = paths(40)
        new = paths(19, folder="moved/")
        assert Site(*stood).build(gone=stood, fresh=new).held == set(stood)

    def test_new_ones_of_another_source_are_none(self):
        stood = paths(40)
        new = [f"other/{number}.md" for number in range(40)]
        assert Site(*stood).build(gone=stood, fresh=new).held == set(stood)

    def test_a_renamed_folder_that_is_seen_in_two_parts(self):
        stood = paths(40, folder="old/")
        site = Site(*stood)
        assert site.build(gone=stood).held == set(stood)
        verdict = site.build(fresh=paths(40, folder="new/"), now_s=NOW_S + 2)
        assert not verdict.held

    def test_files_that_come_back_end_it(self):
        stood = paths(40)
        site = Site(*stood)
        site.build(gone=stood)
        verdict = site.build(back=stood, now_s=NOW_S + 60)
        assert (verdict.held, verdict.losses) == (frozenset(), ())
        assert site.stood == set(stood)

    def test_some_that_come_back_leave_the_others_held(self):
        stood = paths(40)
        site = Site(*stood)
        site.build(gone=stood)
        verdict = site.build(back=stood[:5], now_s=NOW_S + 60)
        assert verdict.held == set(stood[5:])

    def test_what_came_in_the_same_hour_may_leave_again(self):
        """A folder that was copied to the wrong place, and is taken away."""
        site = Site(*paths(40))
        extra = paths(5, folder="oops/")
        site.build(fresh=extra)
        assert not site.build(gone=extra, now_s=NOW_S + 60).held
