"""The HTML documents: start page, chat, console, and the demo's host page."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server import wire
from server.model.desk import LANGUAGES, Desk, Epoch
from server.model.refusal import Code, Refusal
from server.services import desks
from server.storage import desks as desk_rows
from server.transports.assets import HOUR, LOADER, YEAR, Assets
from server.transports.guard import COMMON_HEADERS, NO_STORE, content_policy
from server.transports.runtime import Runtime

ROOT = Path(__file__).parent.parent
text = wire.serialize_bytes
# Frames stand in other sites' pages, also where those ask for COEP.
EMBEDDABLE = {"cross-origin-embedder-policy": "require-corp", "cross-origin-resource-policy": "cross-origin"}
DEMO_DESK = "demo"
SLUG = re.compile(r"[a-z0-9-]{1,40}")


@cache
def catalogue(folder: str, language: str) -> dict[str, str]:
    """The strings of one language."""
    raw: dict[str, str] = json.loads((ROOT / "locale" / folder / f"{language}.json").read_text("utf-8"))
    return raw


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(ROOT / "templates")
    return Environment(loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined)


def _data_block(value: object) -> str:
    """JSON that cannot end its script element."""
    return wire.serialize(value).decode().replace("<", "\\u003c")


@dataclass(frozen=True)
class Pages:
    """Documents of both origins."""

    origin: str
    console_origin: str
    runtime: Runtime
    assets: Assets

    async def start(self, request: Request) -> Response:
        """GET /: what this is, and each desk's chat."""
        found = await self.runtime.read(desk_rows.all_desks)
        language = found[0].languages[0] if found else "en"
        styles = [self.assets.url("visitor.css")]
        values = {"strings": catalogue(".", language), "language": language, "desks": found, "styles": styles}
        return self._render(request, "start.html", values, self.origin, ())

    async def chat(self, request: Request) -> Response:
        """GET /chat/{slug}/{language}: the visitor's page. Under a host name that is not the origin's: go there."""
        slug, language = request.path_params["slug"], request.path_params["language"]
        if f"{request.url.scheme}://{request.headers.get('host')}" != self.origin and self._is_local():
            return RedirectResponse(f"{self.origin}/chat/{slug}/{language}", 307, NO_STORE)
        if language not in LANGUAGES or not SLUG.fullmatch(slug):
            raise Refusal(Code.UNKNOWN)
        desk, epoch = await self.runtime.read(lambda connection: desks.find_public(connection, slug))
        strings = catalogue(".", language)
        page = wire.Page(self.origin, language, strings, self._desk_keys(desk, epoch))
        values = {
            "title": strings["visitor.title"],
            "language": language,
            "strings": strings,
            "country": desk.country,
            "styles": [self.assets.url("visitor.css")],
            "script": self.assets.url("visitor.js"),
            "page_json": _data_block(page),
        }
        return self._render(request, "visitor.html", values, self.origin, desk.host_sites, EMBEDDABLE)

    async def console(self, request: Request) -> Response:
        """GET /desk: the console."""
        catalogues = {language: catalogue("console", language) for language in LANGUAGES}
        values = {
            "title": "Sluss",
            "language": "en",
            "styles": [self.assets.url("console.css")],
            "script": self.assets.url("console.js"),
            "page_json": _data_block(wire.ConsolePage(catalogues)),
        }
        return self._render(request, "console.html", values, self.console_origin, ())

    async def loader(self, request: Request) -> Response:
        """GET /embed.js: the one file that host pages load."""
        return self.assets.answer(request, self.assets.names[LOADER], HOUR)

    async def asset(self, request: Request) -> Response:
        """GET /assets/{file} for visitors: nothing stays on their device (EX-17)."""
        return self.assets.answer(request, request.path_params["file"], NO_STORE)

    async def console_asset(self, request: Request) -> Response:
        """GET /assets/{file} for staff."""
        return self.assets.answer(request, request.path_params["file"], YEAR)

    async def demo(self, request: Request) -> Response:
        """GET /demo: a host page on another site, as the browser sees it."""
        place = self.runtime.place
        found = await self.runtime.read(desk_rows.find_installation)
        values = {
            "embed_src": f"{self.origin}/embed.js",
            "desk": DEMO_DESK,
            "root": f"{text(place.org)}.{found.serial if found else 0}",
            "language": "en",
        }
        return self._render(request, "demo.html", values, self.origin, (), policy=False)

    def _render(
        self,
        request: Request,
        template: str,
        values: dict[str, Any],
        origin: str,
        ancestors: tuple[str, ...],
        more: dict[str, str] | None = None,
        *,
        policy: bool = True,
    ) -> Response:
        headers = {**COMMON_HEADERS, **NO_STORE, **(more or {})}
        if policy:
            headers["content-security-policy"] = content_policy(origin, ancestors)
        body = _templates().get_template(template).render(values).encode()
        if "gzip" in request.headers.get("accept-encoding", ""):
            # Nothing secret and nothing the asker chose stands in these pages, so their lengths tell nothing.
            body, headers["content-encoding"] = gzip.compress(body), "gzip"
        return Response(body, headers={**headers, "vary": "accept-encoding"}, media_type="text/html")

    def _desk_keys(self, desk: Desk, epoch: Epoch) -> wire.DeskKeys:
        return wire.DeskKeys(
            org=text(self.runtime.place.org),
            desk=text(desk.id),
            name=desk.name,
            country=desk.country,
            languages=list(desk.languages),
            retention_days=desk.retention_days,
            delegation=text(epoch.delegation),
            statement=text(epoch.statement),
            epoch=epoch.epoch,
            key=text(epoch.key),
        )

    def _is_local(self) -> bool:
        return self.origin.startswith("http://")
