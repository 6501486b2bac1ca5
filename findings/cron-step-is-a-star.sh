#!/usr/bin/env bash
# cronsim 2.8 (PyPI), which follows Debian's cron: "*/10" as day of the month means "and
# the weekday", "1-31/10" means "or the weekday", though both name the days 1, 11, 21, 31.
#
# crontab(5): when both day fields are restricted, a day that matches either will do. A
# field counts as unrestricted when it begins with a star, and a step does not change
# that. APScheduler 3.11.3 asks for both in either case, as it does for every expression.
#
# Seen, from 2026-12-01, the next four:
#   cronsim      0 6 */10 * mon      12-21 01-11 02-01 03-01   (days 1, 11, 21, 31 that are Mondays)
#   cronsim      0 6 1-31/10 * mon   12-01 12-07 12-11 12-14   (those days, and all Mondays)
#   APScheduler  0 6 1-31/10 * mon   12-21 01-11 02-01 03-01
#
# Why a publisher cares: a timetable moved from a crontab into a scheduler, or tidied by
# writing the star out, runs on other days: a weekly digest becomes one of every month.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cronsim==2.8 apscheduler==3.11.3

cat > look.py <<'PY'
from datetime import datetime, timedelta, timezone
from itertools import islice

from apscheduler.triggers.cron import CronTrigger
from cronsim import CronSim

START = datetime(2026, 12, 1, tzinfo=timezone.utc)


def by_cronsim(expression):
    return [f"{each:%m-%d}" for each in islice(CronSim(expression, START), 4)]


def by_apscheduler(expression):
    trigger, now, found = CronTrigger.from_crontab(expression, timezone.utc), START, []
    while len(found) < 4:
        fires = trigger.get_next_fire_time(None, now)
        found.append(f"{fires:%m-%d}")
        now = fires + timedelta(seconds=1)
    return found


star = by_cronsim("0 6 */10 * mon")
written_out = by_cronsim("0 6 1-31/10 * mon")
scheduler = by_apscheduler("0 6 1-31/10 * mon")
print(star, written_out, scheduler, sep="\n")
assert star == ["12-21", "01-11", "02-01", "03-01"]
assert written_out == ["12-01", "12-07", "12-11", "12-14"]
assert scheduler == star
PY
venv/bin/python look.py
