"""What a visitor's browser loads: little, from us alone, and nothing before the click but the loader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Request, expect

from tests.browser import VisitorPage, chromium
from tests.running import Running

LIMIT = 40 * 1024
LOADER_LIMIT = 3 * 1024


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Running]:
    """A demo founded for its own ports."""
    running = Running(tmp_path).start()
    yield running
    running.kill()


async def load_and_write(browser: Browser, running: Running) -> tuple[list[Request], list[Request]]:
    """The requests before the click, and from the click to the first accepted message."""
    page = await (await browser.new_context()).new_page()
    seen: list[Request] = []
    page.on("requestfinished", lambda request: seen.append(request))
    await page.goto(f"http://localhost:{running.port}/demo", wait_until="networkidle")
    before = list(seen)
    await page.get_by_role("button").first.click()
    visitor = VisitorPage(page, page.frame_locator("iframe"))
    await visitor.say("first words")
    await expect(visitor.log.get_by_text("Sent", exact=True)).to_have_count(1)
    return before, seen[len(before) :]


async def bytes_of(requests: list[Request]) -> int:
    """Compressed bytes of all bodies."""
    return sum([(await request.sizes())["responseBodySize"] for request in requests])


async def test_the_opened_chat_weighs_at_most_40_kib(own_demo: Running) -> None:
    """From click to first accepted message: at most 40 KiB of bodies, every one from our own origin."""
    async with chromium() as browser:
        _before, after = await load_and_write(browser, own_demo)
        weight = await bytes_of(after)
        print({request.url.rsplit("/", 1)[-1]: (await request.sizes())["responseBodySize"] for request in after})
        assert {request.url.startswith(own_demo.origin + "/") for request in after} == {True}
        assert 20_000 < weight <= LIMIT


async def test_before_the_click_only_the_loader_is_fetched(own_demo: Running) -> None:
    """The host page pays for one request of at most 3 KiB; the page itself and its own parts aside."""
    async with chromium() as browser:
        before, _after = await load_and_write(browser, own_demo)
        ours = [request for request in before if request.url.startswith(own_demo.origin)]
        assert [request.url for request in ours] == [f"{own_demo.origin}/embed.js"]
        assert await bytes_of(ours) <= LOADER_LIMIT
