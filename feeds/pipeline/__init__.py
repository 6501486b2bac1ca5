"""One regeneration: source -> parse -> catalog -> snapshot -> output; and its report."""

from feeds.pipeline.build import regenerate, survey
from feeds.pipeline.report import Progress, Report, Survey

__all__ = ["Progress", "Report", "Survey", "regenerate", "survey"]
