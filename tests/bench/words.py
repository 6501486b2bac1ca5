"""The vocabulary of invented articles: of their prose, providers and topics.

A few words hold what escaping gets wrong: an ampersand, both apostrophes, a dash.
"""

# fmt: off
WORDS = (
    "the", "a", "of", "to", "and", "in", "for", "with", "on", "after", "before", "over",
    "from", "by", "as", "more", "new", "early", "late", "quiet", "open", "narrow",
    "steady", "northern", "coastal", "municipal", "annual", "shared", "second", "final",
    "harbour", "orchard", "lantern", "turbine", "festival", "library", "glacier",
    "archive", "railway", "workshop", "market", "bridge", "forecast", "committee",
    "engine", "garden", "museum", "signal", "river", "ferry", "season", "budget",
    "survey", "record", "meeting", "weather", "harvest", "timetable", "volunteers",
    "engineers", "residents", "painters", "students", "council\u2019s", "city's", "opens",
    "plans", "repairs", "measures", "explains", "delays", "welcomes", "publishes",
    "rebuilds", "compares", "counts", "returns", "expects", "answers", "considers",
    "moves", "keeps", "finds", "shows", "says", "may", "will", "has", "could", "not",
    "where", "why", "how", "what", "first", "two", "three", "40", "1,200", "café",
    "R&D", "—", "week", "today", "again", "together", "without", "between", "nearly",
)
FIRST = (
    "Harbour", "Glacier", "Lantern", "Orchard", "Meridian", "Copper", "Willow", "Summit",
    "Ember", "Juniper", "Falcon", "Cobalt", "Prairie", "Beacon", "Granite", "Maple",
    "Tidal", "Aurora", "Cedar", "Quarry", "Saffron", "Delta", "Heron", "Velvet",
    "Northern", "Amber", "Canyon", "Indigo", "Marble", "Sparrow",
)
PAPERS = (
    "Ledger", "Courier", "Post", "Gazette", "Dispatch", "Wire", "Review", "Herald",
    "Monitor", "Journal", "Times", "Bulletin", "Observer", "Standard", "Register",
    "Record", "Telegraph", "Examiner", "Chronicle", "Digest",
)
SUBJECTS = (
    "Racing", "Council", "Energy", "Football", "Gardens", "Rail", "Cinema", "Studios",
    "Robotics", "Elections", "Weather", "Astronomy", "Cooking", "Housing", "Cycling",
    "Markets", "Theatre", "Chess", "Sailing", "Fiction", "Apps", "Portals", "Schools",
    "Forests", "Music", "Networks", "Health", "Travel", "Archives", "Climbing",
)
# fmt: on
