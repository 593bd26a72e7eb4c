"""The browser bundles: named by content, compressed ahead, served from memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from server.transports.guard import COMMON_HEADERS, NO_STORE

FOLDER = Path(__file__).parent.parent / "assets"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
YEAR = {"cache-control": "public, max-age=31536000, immutable"}
HOUR = {"cache-control": "public, max-age=3600"}
LOADER = "embed.js"
LOADER_INTEGRITY = "embed.js integrity"


@dataclass(frozen=True)
class Assets:
    """What the build left: logical names to files, and the files' bytes by name and encoding."""

    names: dict[str, str]
    bodies: dict[str, dict[str, bytes]]

    def url(self, logical: str) -> str:
        """The path a page loads a bundle from."""
        return f"/assets/{self.names[logical]}"

    def answer(self, request: Request, name: str, caching: dict[str, str]) -> Response:
        """The file in the best encoding that the browser takes; 404 for anything else."""
        encodings = self.bodies.get(name)
        if encodings is None:
            return Response(status_code=404, headers=NO_STORE)
        accepted = request.headers.get("accept-encoding", "")
        encoding = next((one for one in ("br", "gzip") if one in accepted and one in encodings), "")
        headers = {
            **COMMON_HEADERS,
            **caching,
            "vary": "accept-encoding",
            # The page may stand in an opaque frame, and inside a host page that asks for COEP.
            "cross-origin-resource-policy": "cross-origin",
            "access-control-allow-origin": "*",
        }
        if encoding:
            headers["content-encoding"] = encoding
        return Response(encodings[encoding], headers=headers, media_type=TYPES[Path(name).suffix])


def load_assets(folder: Path = FOLDER) -> Assets:
    """Read the build's manifest and files; raises FileNotFoundError when nothing was built."""
    names: dict[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))
    files = {name for logical, name in names.items() if logical != LOADER_INTEGRITY}
    return Assets(names, {name: _read(folder / name) for name in files})


def _read(path: Path) -> dict[str, bytes]:
    bodies = {"": path.read_bytes()}
    for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
        compressed = path.with_name(path.name + suffix)
        if compressed.exists():
            bodies[encoding] = compressed.read_bytes()
    return bodies
