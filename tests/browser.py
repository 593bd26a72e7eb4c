"""A real Chromium, and what people do in it: the words here are the ones they read."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, FrameLocator, Locator, Page, async_playwright, expect

from server.demo import Person
from tests.running import Running

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these Chromium asks for hosts that a closed network does not have.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000


def find_chromium() -> str:
    """The system's browser; without one the test is skipped by name, which is an error in CI."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    if os.environ.get("CI") == "true":
        raise RuntimeError("There is no Chromium, and CI must not go without.")
    pytest.skip("no Chromium on this machine: `make chromium` installs Debian's")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser with a profile of its own."""
    path = find_chromium()
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class VisitorPage:
    """A visitor in a frame on the host page (or on the chat's own page)."""

    page: Page
    chat: FrameLocator | Page

    @property
    def log(self) -> Locator:
        """The conversation."""
        return self.chat.get_by_role("log")

    async def say(self, text: str) -> None:
        """Write and send."""
        await self.chat.get_by_role("textbox").fill(text)
        await self.chat.get_by_role("button", name="Send").click()


@dataclass
class ConsolePage:
    """A counsellor at the console."""

    page: Page
    person: Person

    @property
    def log(self) -> Locator:
        """The conversation that is shown."""
        return self.page.get_by_role("log")

    async def sign_in(self) -> None:
        """Name, password, and wait for the lists."""
        await self.page.get_by_label("User name").fill(self.person.login)
        await self.unlock("Sign in")

    async def unlock(self, button: str = "Unlock") -> None:
        """The password, and wait for the lists."""
        await self.page.get_by_label("Password").fill(self.person.password)
        await self.page.get_by_role("button", name=button).click()
        await expect(self.page.get_by_role("region", name="Waiting")).to_be_visible()

    async def say(self, text: str) -> None:
        """Write and send."""
        await self.page.get_by_role("textbox", name="Write an answer").fill(text)
        await self.page.get_by_role("button", name="Send", exact=True).click()


async def open_host_page(browser: Browser, running: Running, **context: object) -> VisitorPage:
    """A new person on the host page, another site than the chat's, who opens the chat."""
    page = await (await browser.new_context(**context)).new_page()  # type: ignore[arg-type]
    await page.goto(f"http://localhost:{running.port}/demo")
    await page.get_by_role("button").first.click()
    return VisitorPage(page, page.frame_locator("iframe"))


async def open_console(browser: Browser, running: Running, person: Person, **context: object) -> ConsolePage:
    """A new browser profile at the console's door."""
    page = await (await browser.new_context(**context)).new_page()  # type: ignore[arg-type]
    await page.goto(f"{running.console_origin}/desk")
    return ConsolePage(page, person)
