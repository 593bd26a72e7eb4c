"""`make screenshots`: the pictures that README and docs show, taken of a real conversation in a real browser."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, expect

from server import demo
from tests.browser import ConsolePage, VisitorPage, chromium, open_console, open_host_page
from tests.running import ROOT, Running

FOLDER = ROOT / "docs" / "pictures"
PHONE = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1200, "height": 780}}
WORDS = (
    ("visitor", "My brother talks of nothing but his new friends. Since the summer he is angry with all of us."),
    ("counsellor", "Thank you for writing. That sounds heavy. What do you see when he comes home?"),
    ("visitor", "He deletes his messages and says that we would not understand."),
)


async def take_pictures(running: Running) -> None:
    """All of them, over the existing ones."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        await _of_the_host_page(browser, running)
        visitor = await open_host_page(browser, running, **PHONE)
        await visitor.chat.get_by_role("textbox").wait_for()
        await visitor.page.screenshot(path=FOLDER / "visitor-before.png")
        console = await _converse(browser, running, visitor)
        await visitor.page.screenshot(path=FOLDER / "visitor.png")
        await console.page.screenshot(path=FOLDER / "console.png")
        await console.page.emulate_media(color_scheme="dark")
        await console.page.screenshot(path=FOLDER / "console-dark.png")


async def _of_the_host_page(browser: Browser, running: Running) -> None:
    host = await open_host_page(browser, running, **DESK)
    await host.chat.get_by_role("textbox").wait_for()
    await host.page.screenshot(path=FOLDER / "host-page.png")


async def _converse(browser: Browser, running: Running, visitor: VisitorPage) -> ConsolePage:
    console = await open_console(browser, running, demo.PEOPLE[1], **DESK)
    await console.sign_in()
    for who, text in WORDS:
        await (visitor.say(text) if who == "visitor" else console.say(text))
        if await console.log.count() == 0:
            await console.page.get_by_role("button", name="Take the conversation").click()
        for log in (visitor.log, console.log):
            await expect(log.get_by_text(text, exact=True)).to_have_count(1)
    await expect(visitor.log.get_by_text("Opened", exact=True)).not_to_have_count(0)
    return console


def main() -> None:
    """Take the pictures on a demo of their own."""
    with tempfile.TemporaryDirectory() as folder:
        running = Running(Path(folder)).start()
        try:
            asyncio.run(take_pictures(running))
        finally:
            running.kill()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
