"""A whole conversation in Chromium: cross-site host page, real server, killed in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from server import demo
from tests.browser import ConsolePage, VisitorPage, chromium, open_console, open_host_page
from tests.running import Running

COUNSELLOR, COLLEAGUE = demo.PEOPLE[1], demo.PEOPLE[2]


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Running]:
    """A demo founded for its own ports, because a desk lists the origins of its host sites."""
    running = Running(tmp_path).start()
    yield running
    running.kill()


async def both_show(visitor: VisitorPage, console: ConsolePage, text: str) -> None:
    """The text stands once on each side."""
    for log in (visitor.log, console.log):
        await expect(log.get_by_text(text, exact=True)).to_have_count(1)


async def talk(visitor: VisitorPage, console: ConsolePage, numbers: range) -> None:
    """A message each way for each number."""
    for number in numbers:
        await visitor.say(f"visitor says {number}")
        await both_show(visitor, console, f"visitor says {number}")
        await console.say(f"counsellor says {number}")
        await both_show(visitor, console, f"counsellor says {number}")


async def test_a_whole_conversation_survives_reload_and_kill(own_demo: Running) -> None:
    """Open, take, ten messages each way, the console reloaded, the server killed in the middle, close, delete."""
    async with chromium() as browser:
        visitor = await open_host_page(browser, own_demo)
        await visitor.say("I worry about my brother.")
        console = await open_console(browser, own_demo, COUNSELLOR)
        await console.sign_in()
        colleague = await open_console(browser, own_demo, COLLEAGUE)
        await colleague.sign_in()
        take = colleague.page.get_by_role("button", name="Take the conversation")
        await expect(take).to_have_count(1)
        await console.page.get_by_role("button", name="Take the conversation").click()
        await expect(take).to_have_count(0)
        await both_show(visitor, console, "I worry about my brother.")
        await talk(visitor, console, range(5))

        await console.page.reload()
        await console.unlock()
        await console.page.get_by_role("button", name="Conversation").first.click()
        await both_show(visitor, console, "counsellor says 4")
        await talk(visitor, console, range(5, 7))

        own_demo.kill()
        await visitor.say("written while the server was dead")
        await console.say("answered while the server was dead")
        own_demo.start()
        await both_show(visitor, console, "written while the server was dead")
        await both_show(visitor, console, "answered while the server was dead")
        await talk(visitor, console, range(7, 10))

        await console.page.get_by_role("button", name="Close", exact=True).click()
        await console.page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
        await visitor.chat.get_by_role("button", name="Delete now").click()
        await visitor.chat.get_by_role("button", name="Delete").last.click()
        await expect(visitor.log).to_have_count(0)
        await expect(console.log.get_by_text("I worry about my brother.")).to_have_count(0)


async def test_the_host_page_reads_nothing(own_demo: Running) -> None:
    """A hostile host page sees neither keystrokes nor document, and the frame leaves no cookie or storage."""
    async with chromium() as browser:
        visitor = await open_host_page(browser, own_demo)
        await visitor.page.evaluate(
            "addEventListener('keydown', event => { globalThis.heard = (globalThis.heard ?? '') + event.key }, true)"
        )
        await visitor.chat.get_by_role("textbox").press_sequentially("secret")
        assert await visitor.page.evaluate("globalThis.heard ?? ''") == ""
        assert await visitor.page.evaluate("document.querySelector('iframe').contentDocument") is None
        assert await visitor.page.context.cookies() == []
        state = await visitor.page.context.storage_state()
        assert state["origins"] == []


async def test_a_site_that_the_desk_does_not_list_shows_no_chat(own_demo: Running) -> None:
    """frame-ancestors: the same host page under another name is refused the frame."""
    async with chromium() as browser:
        page = await (await browser.new_context()).new_page()
        await page.goto(f"http://other.localhost:{own_demo.port}/demo")
        await page.get_by_role("button").first.click()
        await expect(page.frame_locator("iframe").get_by_role("textbox")).to_have_count(0)
