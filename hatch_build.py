"""Building the package builds the browser bundles, so that a wheel carries them and installing it needs no Node."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserBundles(BuildHookInterface[Any]):
    """Writes `server/assets/` before hatchling collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)  # hatchling loads this file by its path, so the tree is not importable yet
        from tools import frontend

        frontend.build()
