"""The shape of real articles of this schema, as numbers with their origin.

Measured on 1,803 articles of two sites, named by their folders: diablo4 (1,611
articles) and mspowerapps (192). Where a line names no site, both are counted together.
"""

from datetime import UTC, datetime

# Stories: an article merged into a better one (heat -1) is a follower of its leader.
# Followers per leader, and how many of the 1,024 leaders have that many.
# fmt: off
FOLLOWERS = {
    0: 723, 1: 147, 2: 69, 3: 33, 4: 8, 5: 9, 6: 10, 7: 7, 8: 7, 9: 2, 10: 1, 11: 2,
    12: 2, 20: 1, 21: 1, 32: 1, 39: 1,
}
# fmt: on
FOLLOWER_HAS_FILE = 668 / 812  # the other `related` items are not articles here
UNSCORED = 111 / (111 + 1024)  # stories: videos without quality, heat, published
SCORED_VIDEO = 64 / 1692
VIDEO_HAS_LENGTH = 360 / 535  # 360 of diablo4's game videos, none of the 175 news ones
# Hours between the first and the last article of a story.
SPAN_HOURS = (0, 5, 15, 22, 35, 55, 96, 147, 179, 215, 456)
LEADER_FIRST = 0.74  # the leader is the oldest of its story

# Deciles (minimum, 10 %, ... maximum); draws are linear between two of them.
QUALITY_ALONE = (11, 67, 72, 84, 87, 87, 87, 99, 107, 126, 189)
QUALITY_LEADER = (65, 87, 87, 87, 107, 107, 126, 135, 147, 147, 164)
QUALITY_FOLLOWER = (44, 71, 84, 87, 87, 87, 87, 92, 107, 122, 164)
TITLE_CHARS = (15, 37, 45, 51, 56, 60, 65, 70, 76, 85, 138)
EXCERPT_CHARS = (0, 123, 138, 155, 183, 198, 200, 202, 203, 204, 339)
AGE_DAYS = (0, 25, 46, 52, 70, 152, 233, 332, 637, 825, 2407)  # diablo4

QUOTED_TITLE = 53 / 1611  # titles that hold a double quote; diablo4
CUT_EXCERPT_CHARS = 195  # longer excerpts end in " ..."
HAS_AMP = 422 / 1628  # of the articles with a webUrl
HAS_IMAGE = 1663 / 1803
HAS_RELATED_IMAGE = 5031 / 5315
HAS_LOGO = 465 / 1803
TIED_DATE = 59 / 1803 / 2  # 59 articles share their instant, so half as many copy it
NAMED_A_DAY_LATE = 11 / 1803  # the date in the file name is not the article's
CIPHER_BYTES = {272: 1606, 304: 32, 320: 26, 336: 117, 352: 1, 400: 21}  # `secured`
CIPHER_IV_BYTES = 16
IMAGE_SIZES = {(1200, 630): 598, (1280, 720): 176, (1920, 1080): 143, (640, 360): 57}

# Providers: 142 domains on 1,640 articles that are no videos; the first has 22 %,
# the first five 46 %, and 41 % of the domains occur once. A Pitman-Yor process with
# these two parameters gives 143, 19 %, 50 % and 45 % (mean of 20 seeds).
PROVIDER_DISCOUNT = 0.4
PROVIDER_STRENGTH = 7
# Topics: a site has one main topic, on all its articles, and rarer ones below it.
ARTICLES_PER_SITE = 900  # (1,611 + 192) / 2
RARE_TOPICS = (36, 36, 13, 5, 4, 1)  # articles with a site's first, second, ... one
RARE_PER_ARTICLE = {0: 1706, 1: 92, 2: 5}
NULL_TOPIC = 7 / 1803  # `topics` begins with a null
# No article of the two sites has a body: they link out.

# -- Chosen, not measured. --
NEWEST = datetime(2025, 12, 31, 18, tzinfo=UTC)
HEAT_PER_FOLLOWER = 20  # how this schema defines heat,
PUBLISHED_HEAT = 70  # and what it publishes
PROSE_WORDS = 50_000  # enough that 100,000 titles differ
