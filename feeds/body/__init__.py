"""An article's body as HTML that any feed may carry."""

from feeds.body.rendering import body_html

__all__ = ["body_html"]
