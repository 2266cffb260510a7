"""Pages of the one Chromium, each used by many tests, one after the other."""

from __future__ import annotations

from typing import Any


class Tabs:
    """Pages of one context; one that was left is taken again: a new one costs two visits."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.idle: list[Any] = []

    def take(self, size: tuple[int, int]) -> Any:
        page = self.idle.pop() if self.idle else self.context.new_page()
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        return page

    def leave(self, page: Any) -> None:
        """Nothing is left of what stood on it; its listeners are their owner's to remove."""
        page.goto("about:blank")
        page.emulate_media(media="null")
        page.mouse.move(0, 0)
        page.set_default_timeout(30_000)
        self.idle.append(page)
