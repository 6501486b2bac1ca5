"""From the files to the catalog: what changed is parsed, remembered and identified."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from feeds.article import SourceFile
from feeds.catalog import ArticleRow, Catalog, Identity, Known
from feeds.errors import Problem
from feeds.loss import ACCEPT
from feeds.parse.presets import HUGO_SITES
from feeds.parse.rules import Parsed, Rules
from feeds.pipeline import basis, losses
from feeds.pipeline import bundles as leaf
from feeds.pipeline.authority import Renewal, settled_authority
from feeds.pipeline.bundles import Bundles
from feeds.pipeline.dates import Histories
from feeds.pipeline.last_good import drop_misread, keep_public
from feeds.pipeline.ledger import identified, reconciled
from feeds.pipeline.losses import Losses
from feeds.pipeline.registries import folder_notes, load_registry
from feeds.pipeline.registry_records import remembered
from feeds.pipeline.report import Clock, Progress
from feeds.pipeline.standins import UNRENDERED
from feeds.plan import Placing, PlanRules
from feeds.settings import Settings, apart, data_folders
from feeds.source import look_at, places_of, scan

if TYPE_CHECKING:  # pulls in multiprocessing, which a build with nothing new needs not
    from feeds.pipeline.workers import Bench

# Outcomes of files to be read again, for the cause may go without a trace on the file.
AT_ONCE = frozenset(("pending", "unreadable"))
_TOLD: Mapping[str, str] = {
    "undated": "held",
    "unreadable": "quarantined",
    "late": "pending",
    UNRENDERED: "quarantined",
}
_FEW = 500  # identities that are asked for one by one, rather than all at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a scan found, and what reading gave.

    `files` are the article files by identity, `passed_over` the problems of what else is
    named like one. `parsed` counts the files that had to be read; `read` are these, and
    others whose good version changed, `gone` those that are no longer there. `losses`
    are those of them that are held back, which are not among the others. `problems`
    are those of no single article file: of sources, registries, and `passed_over`.
    `parsed_by` are the digests of the rules by which the sources were read, `bundles`
    are Hugo's, `renewal` the ids that were minted anew; `is_registered_anew`: registry
    files are not as they were.
    `unsettled` are files that were pending, or could not be read. `outcomes` counts all
    files, `told` are the problems of article files by path. `lasting` is what else there
    is to be said of the site as it is set up: no errors, and for as long as it stays so.
    `since` is the instant of the last build, in seconds since 1970, if that is known.
    """

    files: Mapping[str, SourceFile]
    passed_over: frozenset[Problem]
    parsed: int
    read: frozenset[str]
    gone: frozenset[str]
    stale: tuple[str, ...]
    rules: PlanRules
    parsed_by: tuple[str, ...]
    problems: tuple[Problem, ...]
    tag_authority: str
    unsettled: Mapping[str, SourceFile]
    outcomes: Counter[str]
    told: Mapping[str, tuple[Problem, ...]]
    bundles: Bundles
    losses: Losses = field(default_factory=Losses)
    lasting: tuple[Problem, ...] = ()
    is_registered_anew: bool = False
    renewal: Renewal | None = None
    since: float | None = None

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """All problems, those of articles first."""
        of_articles = chain.from_iterable(self.told.values())
        return (*of_articles, *self.problems, *self.losses.problems)


def gather(
    catalog: Catalog,
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress,
    force: bool = False,
    accept_loss: bool = True,
    accept: str = ACCEPT,
    repeats: bool = False,
    parse: Callable[..., Parsed] | None = None,
) -> Gathered:
    """Bring the catalog's articles and identities up to date with the sources.

    Nothing is committed. With `force` every file counts as changed; `repeats` leaves
    what may be half-written to the next build (see `feeds.pipeline.reading`); `clock`
    tells how old files are, whatever `now` is; `parse` stands in for `parse_article`.
    Unless `accept_loss`, a loss is held back (see `feeds.loss`), and whoever is told of
    it is told the command `accept`.
    """
    rules = basis.rules_of(settings)
    files, problems = article_files(settings)
    known = catalog.known()
    # What is no file any more, but a link that leads nowhere, may be one again; and what
    # is in a folder that cannot be read may be there.
    doubtful = tuple(each.path for each in problems)
    here = {*(file.path for file in files), *doubtful}
    here |= _within(doubtful, (*known, *catalog.stale()))
    missing = losses.look(
        catalog,
        settings,
        {*known, *catalog.stale()} - here,
        here,
        now=now,
        learnt=losses.learnt(catalog, settings),
    )
    placed, stood = catalog.placed_under(counted=False), frozenset(catalog.stale())
    if force:
        catalog.forget_cache()
    histories = Histories(catalog, basis.folders(settings), afresh=force)
    authority = settled_authority(catalog, settings)
    again = AT_ONCE | _to_try_again(catalog, settings, authority.name)

    def is_changed(file: SourceFile, digest: str) -> bool:
        was = known.get(file.path)
        return (
            force
            or not was
            or was.outcome in again
            or (was.outcome == "undated" and histories.has_moved(file.source))
            or not is_same(file, was, (rules[file.source][0], digest))
        )

    def ingest(changed: Sequence[SourceFile], bundles: Bundles) -> None:
        ingest_changed(
            catalog,
            changed,
            rules,
            histories=histories,
            authority=authority.name,
            now=now,
            clock=clock,
            jobs=jobs,
            progress=progress,
            repeats=repeats,
            parse=parse,
            bundles=bundles,
        )

    # Their look tells whether what is beside them is to be read at all.
    asked = leaf.uncertain(files, [each for each, _ in rules])
    first = [
        file
        for file in asked
        if is_changed(
            file, leaf.digest_as_kept(known.get(file.path), rules[file.source][1])
        )
    ]
    ingest(first, Bundles())
    of_hugo = [file for file in asked if _is_of_hugo(catalog, file.path)]
    bundles = leaf.bundles_of(files, [each for each, _ in rules], of_hugo)
    done = {file.path for file in first if not bundles.has(file)}
    changed = [
        file
        for file in files
        if file.path not in done
        and is_changed(file, leaf.digest_in(bundles, file, rules[file.source][1]))
    ]
    ingest(changed, bundles)
    # A ledger from elsewhere has last good versions of files that were never here.
    lost = losses.settle(
        catalog,
        settings,
        missing,
        (file.path for file in (*first, *changed) if file.path not in known),
        here,
        now=now,
        accept=None if accept_loss else accept,
    )
    read = {file.path for file in (*first, *changed)}
    dropped = keep_public(catalog, stood, placed[1] if placed else None, now)
    dropped |= drop_misread(
        catalog, {f.path: f for f in changed}, [each for each, _ in rules]
    )
    moved = dropped | _follow_policies(catalog, files, rules)
    reconcile(catalog, [path for path in catalog.stale() if path in read | moved], now)
    registered = remembered(catalog)
    registry, registry_problems = load_registry(
        settings, catalog, jobs=jobs, force=force, repeats=repeats, clock=clock
    )
    return Gathered(
        files={file.path: file for file in files},
        passed_over=frozenset(problems),
        parsed=len({file.path for file in (*first, *changed)}),
        read=frozenset(read | moved),
        gone=lost.withdrawn,
        stale=_stale(catalog, lost),
        rules=basis.plan_rules(settings, registry),
        parsed_by=tuple(by for _, by in rules),
        problems=(*problems, *histories.problems, *registry_problems),
        tag_authority=authority.name,
        unsettled=_unsettled(catalog, {f.path: f for f in (*first, *changed)}),
        outcomes=Counter(catalog.outcomes()),
        told=_told(catalog),
        losses=lost,
        bundles=bundles,
        is_registered_anew=remembered(catalog) != registered,
        lasting=(*authority.problems(catalog), *folder_notes(settings)),
        renewal=authority.renewal,
        since=placed[1] if placed else None,
    )


def gather_at(
    places: Collection[str],
    before: Gathered,
    catalog: Catalog,
    settings: Settings,
    *,
    now: datetime,
    clock: Clock,
    jobs: int,
    bench: "Bench",
    accept: str = ACCEPT,
) -> Gathered | None:
    """Do as `gather` does, but for files at these places alone, and those unsettled.

    Args:
        places: Where files were written, or gone (absolute); media files, too, which
            stand for the articles that name them.
        before: What was gathered last.
        catalog: As it was left then.
        settings: The same as then.
        now: As for `gather`.
        clock: As for `gather`.
        jobs: As for `gather`.
        bench: Where a worker waits for the next build.
        accept: As for `gather`; a loss is not accepted.

    Returns None where only a scan can tell; nothing was done then.
    """
    rules = basis.rules_of(settings)
    have_moved = before.parsed_by != tuple(
        by for _, by in rules
    )  # with the zone's data
    # What is known only by its documents is told apart from the others by all of them.
    is_open = before.losses.is_open
    if have_moved or is_open or _takes_a_scan(places, settings):
        return None
    unsettled = (file.file for file in before.unsettled.values())
    naming = places_of(_naming(places, catalog, settings), basis.folders(settings))
    if naming is None:
        return None
    files = look_at(
        {*places, *unsettled, *naming}, basis.folders(settings), apart=apart(settings)
    )
    doubtful = {problem.path for problem in before.passed_over}
    if files is None or not doubtful.isdisjoint(files):
        return None
    known = {path: catalog.known_of(path) for path in files}
    stale = set(catalog.stale())
    gone = {p for p, file in files.items() if not file and (known[p] or p in stale)}
    here = {path for path, file in files.items() if file}
    here |= {each.path for each in catalog.departures() if not each.went} - files.keys()
    missing = losses.look(catalog, settings, gone, here, now=now)
    if _may_bundle(places, files, known, before.bundles):
        return None  # what is beside an index page
    looks = {path: _is_of_hugo(catalog, path) for path in filter(leaf.is_index, files)}
    changed = [
        file
        for path, file in sorted(files.items())
        if file
        and not (
            (was := known[path])
            and was.outcome not in AT_ONCE
            and is_same(
                file,
                was,
                (
                    rules[file.source][0],
                    leaf.digest_in(before.bundles, file, rules[file.source][1]),
                ),
            )
        )
    ]
    placed = catalog.placed_under(counted=False)
    ingest_changed(
        catalog,
        changed,
        rules,
        histories=Histories(catalog, basis.folders(settings)),
        authority=before.tag_authority,
        now=now,
        clock=clock,
        jobs=jobs,
        progress=_silent,
        repeats=True,
        bench=bench,
        bundles=before.bundles,
    )
    if any(_is_of_hugo(catalog, path) != was for path, was in looks.items()):
        return None  # likewise; what was stored is not committed
    lost = losses.settle(
        catalog,
        settings,
        missing,
        (file.path for file in changed if not known[file.path]),
        here,
        now=now,
        accept=accept,
    )
    read = {file.path for file in changed}
    keep_public(catalog, stale, placed[1] if placed else None, now)
    reconcile(catalog, [path for path in catalog.stale() if path in read], now)
    present = {path: file for path, file in files.items() if file}
    return replace(
        before,
        files={},
        unsettled=_unsettled(catalog, present),
        parsed=len(changed),
        read=frozenset(read),
        gone=lost.withdrawn,
        stale=_stale(catalog, lost),
        losses=lost,
        since=placed[1] if placed else None,
        outcomes=before.outcomes
        - Counter(was.outcome for was in known.values() if was)
        + Counter(now.outcome for now in map(catalog.known_of, files) if now),
        told=_told_now(catalog, before.told, files),
        is_registered_anew=False,
        renewal=None,
    )


_MOST_PLACES = 500


def _may_bundle(
    places: Collection[str],
    files: Mapping[str, SourceFile | None],
    known: Mapping[str, Known | None],
    bundles: Bundles,
) -> bool:
    """Whether what changed at these places may make bundles, or end them."""
    indexes = [path for path in files if leaf.is_index(path)]
    if len(indexes) < len(set(filter(leaf.is_index, places))):
        return True  # one that is no article of ours
    return any(
        not known[path] or not (file := files[path]) or bundles.has(file)
        for path in indexes
    )


def _is_of_hugo(catalog: Catalog, path: str) -> bool:
    """Whether a file looks like Hugo's; a broken one as its last good version did."""
    if look := catalog.look(path):
        return look in HUGO_SITES
    content = catalog.article(path)
    return content is not None and basis.decode_article(content).is_of_hugo


def _takes_a_scan(places: Collection[str], settings: Settings) -> bool:
    """Whether files at these places may bear on others; or a scan is as quick."""
    registries = [os.path.realpath(folder) for folder, _ in data_folders(settings)]
    is_registered = any(
        os.path.realpath(place).startswith(folder + os.sep)
        for place in places
        for folder in registries
    )
    asks_git = any(source.undated == "git" for source in settings.sources)
    return is_registered or asks_git or len(places) > _MOST_PLACES


def _naming(places: Collection[str], catalog: Catalog, settings: Settings) -> set[str]:
    """Return the articles for which media files at, or below, these places were measured.

    A file that is named by way of a link is found by the next scan.
    """
    roots = {os.path.realpath(s.media_path) for s in settings.sources if s.media_path}
    if not roots:
        return set()
    names = {
        place[len(root) + 1 :]
        for place in map(os.path.realpath, places)
        for root in roots
        if place.startswith(root + os.sep)
    }
    if not names:
        return set()
    from feeds.pipeline.ingest import measured_names  # noqa: PLC0415 - as below

    return {
        path
        for path, measured in catalog.measured()
        if any(_is_at(name, names) for name in measured_names(measured))
    }


def _is_at(name: str, places: Collection[str]) -> bool:
    """Whether a name is one of these, or that of something below it."""
    plain = os.path.normpath(name)
    return plain in places or any(
        plain[:at] in places for at, char in enumerate(plain) if char == os.sep
    )


def _unsettled(
    catalog: Catalog, files: Mapping[str, SourceFile]
) -> dict[str, SourceFile]:
    """Return those files that are to be read again though nothing about them changes."""
    known = ((path, catalog.known_of(path)) for path in files)
    return {path: files[path] for path, was in known if was and was.outcome in AT_ONCE}


def _told(catalog: Catalog) -> dict[str, tuple[Problem, ...]]:
    """Return the problems of article files by path."""
    found: dict[str, list[Problem]] = {}
    for problem in map(basis.decode_problem, catalog.problems()):
        found.setdefault(problem.path, []).append(problem)
    return {path: tuple(problems) for path, problems in found.items()}


def _told_now(
    catalog: Catalog,
    before: Mapping[str, tuple[Problem, ...]],
    paths: Collection[str],
) -> Mapping[str, tuple[Problem, ...]]:
    """Return the same problems, with those that files at `paths` have by now."""
    now = {
        path: tuple(map(basis.decode_problem, catalog.problems_of(path)))
        for path in paths
    }
    if not any(now.values()) and before.keys().isdisjoint(paths):
        return before
    found = {**before, **now}
    return {path: found[path] for path in sorted(found) if found[path]}


def _stale(catalog: Catalog, lost: Losses) -> tuple[str, ...]:
    """Return the broken files that a last good version stands in for."""
    return tuple(path for path in catalog.stale() if path not in lost.held)


def _silent(_stage: str, _done: int, _total: int) -> None:
    pass


def article_files(settings: Settings) -> tuple[list[SourceFile], list[Problem]]:
    """Return the article files of a site by path, and the problems of what is none.

    Raises:
        SettingsError: a source cannot be read, or lies within another or our folders.
    """
    return scan(basis.folders(settings), apart=apart(settings))


def _within(folders: Collection[str], paths: Iterable[str]) -> set[str]:
    """Return those paths that lie in a folder, whose path ends with "/"."""
    names = tuple(each for each in folders if each.endswith("/"))
    return {path for path in paths if names and path.startswith(names)}


def _follow_policies(
    catalog: Catalog, files: Sequence[SourceFile], rules: Sequence[tuple[Rules, str]]
) -> set[str]:
    """Have last good versions follow the policy on dates that their source has now.

    Returns those that it changed something for, or that are of no use any more.
    """
    stale, moved = set(catalog.stale()), set()
    for file in files:
        if file.path not in stale:
            continue
        is_clamped = rules[file.source][0].future == "clamp"
        try:
            placing = basis.decode_placing(catalog.placing(file.path) or b"")
        except msgspec.ValidationError:
            # A last good version that an older release kept in another form.
            catalog.forget_last_good(file.path)
            moved.add(file.path)
            continue
        if placing.is_clamped != is_clamped:
            placing = replace(placing, is_clamped=is_clamped)
            catalog.move_last_good(file.path, msgspec.msgpack.encode(placing))
            moved.add(file.path)
    return moved


def _to_try_again(catalog: Catalog, settings: Settings, authority: str) -> set[str]:
    """Return outcomes of files that a build of all files tries again, as they are.

    Not one of single files: what took too long would hold up each that is saved.
    """
    site = basis.site_facts(settings, authority)
    has_moved = catalog.remembered(UNRENDERED) != basis.site_digest(settings, site)
    return {"late", *([UNRENDERED] if has_moved else [])}


def retold(catalog: Catalog, found: Gathered, paths: Collection[str]) -> Gathered:
    """Return what was gathered where these turned out to be otherwise since."""
    if not paths:
        return found
    return replace(
        found,
        read=found.read | frozenset(paths),
        stale=_stale(catalog, found.losses),
        outcomes=Counter(catalog.outcomes()),
        told=_told_now(catalog, found.told, paths),
    )


def is_same(file: SourceFile, was: Known, rules: tuple[Rules, str]) -> bool:
    """Whether all that an article is made of is as it was when it was parsed."""
    seen = (was.size_bytes, was.mtime_ns, was.inode, was.rules)
    if seen != (file.size_bytes, file.mtime_ns, file.inode, rules[1]):
        return False
    if not was.measured:
        return True
    from feeds.pipeline.ingest import is_as_measured  # noqa: PLC0415 - as below

    return is_as_measured(was.measured, rules[0])


def renewals(found: Gathered, *, is_done: bool) -> tuple[Problem, ...]:
    """Return what is told of ids that were minted anew; not `is_done`: that will be."""
    return (found.renewal.problem(is_done=is_done),) if found.renewal else ()


def told_outcomes(counts: Mapping[str, int]) -> Counter[str]:
    """Return how many files had each outcome, by the names that are told."""
    found: Counter[str] = Counter()
    for outcome, count in counts.items():
        found[_TOLD.get(outcome, outcome)] += count
    return found


def reconcile(catalog: Catalog, paths: Iterable[str], now: datetime) -> None:
    """Have the ledger follow the policy on dates, for last good versions as well."""
    for path in paths:
        content, identity = catalog.placing(path), catalog.identity(path)
        if content and identity:
            placing = basis.decode_placing(content)
            catalog.store_identities(reconciled([placing], {path: identity}, now))


def ingest_changed(
    catalog: Catalog,
    changed: Sequence[SourceFile],
    rules: Sequence[tuple[Rules, str]],
    *,
    histories: Histories,
    authority: str,
    now: datetime,
    clock: Clock,
    jobs: int,
    progress: Progress,
    repeats: bool,
    bundles: Bundles,
    parse: Callable[..., Parsed] | None = None,
    bench: "Bench | None" = None,
) -> None:
    """Parse the changed files into the catalog, and have the ledger identify them.

    Those that are resources of `bundles` nobody reads.
    """
    resources = [file for file in changed if bundles.has(file)]
    if resources:
        catalog.store(leaf.resource_rows(resources, rules, catalog.look))
        changed = [file for file in changed if not bundles.has(file)]
    if not changed:
        return
    identities = identities_of(catalog, [file.path for file in changed])
    from feeds.parse.article import parse_article  # noqa: PLC0415 - pulls in YAML
    from feeds.pipeline.ingest import Intake  # noqa: PLC0415 - and multiprocessing
    from feeds.pipeline.reading import rows_of  # noqa: PLC0415

    intake = Intake(
        files=changed,
        rules=rules,
        first_commits={},
        parse=parse or parse_article,
    )
    done = 0
    found = rows_of(
        intake,
        jobs=jobs,
        repeats=repeats,
        clock=clock,
        histories=histories,
        bench=bench,
    )
    for rows in found:
        fresh = list(
            identified(
                rows,
                identities,
                authority,
                now,
                is_unchanged=partial(_is_unchanged, catalog),
            )
        )
        catalog.store(rows)
        catalog.store_identities(fresh)
        identities.update((identity.path, identity) for identity in fresh)
        done += len(rows)
        progress("reading", done, len(changed))


def _is_unchanged(catalog: Catalog, row: ArticleRow, placing: Placing) -> bool:
    """Whether a file is, byte for byte, as when it was last read and was good.

    Asked before the catalog holds what it is now. What an older release has read has
    no digest: that is the same if it looks as it did.
    """
    path = row.file.path
    content = catalog.placing(path)
    try:
        was = basis.decode_placing(content) if content else None
    except msgspec.ValidationError:
        was = None  # as another release kept it
    if was and was.content:
        return was.content == placing.content
    known = catalog.known_of(path)
    seen = (row.file.size_bytes, row.file.mtime_ns, row.file.inode)
    return (
        known is not None
        and known.outcome == "article"
        and seen == (known.size_bytes, known.mtime_ns, known.inode)
    )


def identities_of(catalog: Catalog, paths: Sequence[str]) -> dict[str, Identity]:
    """Return the ledger's word on these articles, and maybe on others."""
    if len(paths) > _FEW:
        return catalog.identities()
    found = map(catalog.identity, paths)
    return {each.path: each for each in found if each}
