"""What an operator decides: `SLUSS_*` variables over a TOML file over defaults; a wrong one is one sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.model.limits import Limits

PORT, CONSOLE_PORT = 8000, 8001
DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:]+")
LOCAL_HOSTS = ("127.0.0.1", "localhost", "console.localhost", "::1")


class ConfigError(Exception):
    """One sentence for the operator."""


@dataclass(frozen=True)
class Config:
    """Settings of one server. `origin` and `console_origin` are as browsers write them."""

    data: Path
    database: str
    keystore: Path
    host: str
    port: int
    console_port: int
    origin: str
    console_origin: str
    limits: Limits


_KEYS = ("data", "database", "keystore", "host", "port", "console_port", "origin", "console_origin")


def load_config(environment: Mapping[str, str], default_data: str) -> Config:
    """Read the settings; raises ConfigError."""
    settings = _read_file(environment.get("SLUSS_CONFIG"))
    limits = settings.pop("limits", {})
    unknown = sorted(set(settings) - set(_KEYS))
    if unknown:
        raise ConfigError(f"The configuration file has an unknown setting, {unknown[0]}.")
    for key in _KEYS:
        value = environment.get(f"SLUSS_{key.upper()}")
        if value:
            settings[key] = value
    return _build(settings, default_data, _parse_limits(limits))


def _build(settings: Mapping[str, Any], default_data: str, limits: Limits) -> Config:
    data = Path(str(settings.get("data", default_data))).absolute()
    port = _parse_port("port", settings.get("port", PORT))
    console_port = _parse_port("console_port", settings.get("console_port", CONSOLE_PORT))
    origin = parse_origin("origin", settings.get("origin", f"http://127.0.0.1:{port}"))
    console = parse_origin("console_origin", settings.get("console_origin", f"http://console.localhost:{console_port}"))
    if urlsplit(origin).hostname == urlsplit(console).hostname:
        raise ConfigError("The origin and the console_origin need different host names, because cookies ignore ports.")
    return Config(
        data=data,
        database=str(settings.get("database", f"sqlite:///{data / 'sluss.db'}")),
        keystore=Path(str(settings.get("keystore", data / "keystore"))).absolute(),
        host=str(settings.get("host", "127.0.0.1")),
        port=port,
        console_port=console_port,
        origin=origin,
        console_origin=console,
        limits=limits,
    )


def _read_file(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except OSError:
        raise ConfigError("The configuration file that SLUSS_CONFIG names cannot be read.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigError("The configuration file is not TOML.") from None


def _parse_port(name: str, value: object) -> int:
    try:
        port = int(str(value))
    except ValueError:
        port = 0
    if not 1 <= port <= 65_535:
        raise ConfigError(f"The setting {name} is not a port.")
    return port


def parse_origin(name: str, value: object) -> str:
    """An origin exactly as browsers write it; raises ConfigError."""
    written = str(value)
    if written != _as_browsers_write(written):
        raise ConfigError(f"The setting {name} is not an origin as browsers write it, such as https://chat.example.")
    if written.startswith("http:") and urlsplit(written).hostname not in LOCAL_HOSTS:
        raise ConfigError(f"The setting {name} must be https: browsers encrypt nothing on a plain page.")
    return written


def _as_browsers_write(value: str) -> str:
    """Lower case, no default port, no user, no path; empty for what is no origin."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not _HOST.fullmatch(host):
        return ""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}" + ("" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}")


def _parse_limits(raw: object) -> Limits:
    known = {field.name: field.type for field in fields(Limits)}
    if not isinstance(raw, dict) or any(
        key not in known or not isinstance(value, int | float) or value <= 0 for key, value in raw.items()
    ):
        raise ConfigError("The table limits has an unknown name or a value that is not a positive number.")
    return Limits(**raw)
