"""How long a visitor waits: click on the host page to first accepted message, in a browser that knows nothing."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from statistics import median

from playwright.async_api import Browser

from tests.bench.generator import CannotMeasure
from tests.bench.report import Result
from tests.browser import NAMES, VisitorPage, chromium
from tests.running import Running

CONTEXTS, QUICK_CONTEXTS = 10, 3
WORDS = "I do not know where to begin."
ACCEPTED = "Sent"


def measure(folder: Path, *, quick: bool) -> list[Result]:
    """The median of fresh contexts; there is no target, as machines differ."""
    if not any(map(shutil.which, NAMES)):
        raise CannotMeasure("There is no Chromium on this machine; `make chromium` installs Debian's.")
    # Founded anew: which host pages may show the chat depends on the port.
    data = folder / "click"
    data.mkdir()
    server = Running(data).start()
    try:
        waits = asyncio.run(_measure_all(server, QUICK_CONTEXTS if quick else CONTEXTS))
    finally:
        server.stop()
    found = f"{1_000 * median(waits):.0f} ms ({1_000 * min(waits):.0f}-{1_000 * max(waits):.0f}, {len(waits)} contexts)"
    return [Result("click to first accepted message", found)]


async def _measure_all(server: Running, contexts: int) -> list[float]:
    async with chromium() as browser:
        # The first context pays for the browser's own start.
        await _measure_one(browser, server)
        return [await _measure_one(browser, server) for _context in range(contexts)]


async def _measure_one(browser: Browser, server: Running) -> float:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"http://localhost:{server.port}/demo", wait_until="networkidle")
    visitor = VisitorPage(page, page.frame_locator("iframe"))
    started = time.monotonic()
    await page.get_by_role("button", name="Chat anonymously").click()
    await visitor.say(WORDS)
    # Not `expect`, which looks again after 100, 250, 500 milliseconds only.
    await visitor.log.get_by_text(ACCEPTED, exact=True).wait_for(state="attached")
    waited = time.monotonic() - started
    await context.close()
    return waited
