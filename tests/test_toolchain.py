"""What installs, locks and ships the product keeps its promises."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tools.check_addresses import PUBLIC, naming, registries, tracked
from tools.frontend import ROOT

ENTRY = re.compile(r"^([a-z0-9.-]+)==\S+")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = ("build", "--quiet", "--wheel", "--no-build-isolation", "--offline", "--python", sys.executable)
    subprocess.run([sys.executable, "-m", "uv", *build, "--out-dir", out, ROOT], check=True)
    return next(out.glob("*.whl"))


def test_the_wheel_carries_every_bundle_of_its_manifest_and_no_source_of_one(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("server/assets/manifest.json"))
    bundles = {file for name, file in manifest.items() if not name.endswith("integrity")}
    assert {f"server/assets/{file}{packed}" for file in bundles for packed in ("", ".br", ".gz")} <= names
    assert not [name for name in names if name.endswith((".ts", ".tsx", ".stamp"))]


def test_the_installed_wheel_starts_without_node(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = ("pip", "install", "--quiet", "--offline", "--no-deps", "--python", python)
    subprocess.run([sys.executable, "-m", "uv", *install, wheel], check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    # A folder named by a .pth is not searched for further .pth files: the tree's editable install stays out of sight.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))

    def installed(*arguments: str) -> str:
        bare = {"PATH": os.devnull, "HOME": str(tmp_path)}
        done = subprocess.run([python, *arguments], cwd=tmp_path, env=bare, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert str(site) in installed("-c", "import server; print(server.__file__)")
    assert "demo" in installed("-m", "server", "--help")


def test_no_file_names_a_registry() -> None:
    assert naming(tracked(), registries()) == []


@pytest.mark.parametrize("host", sorted(PUBLIC))
def test_a_planted_address_is_found(host: str, tmp_path: Path) -> None:
    planted = tmp_path / "lock.json"
    planted.write_text(f'{{\n  "resolved": "https://Files.{host.upper()}/x"\n}}\n')
    assert naming([planted], registries()) == [f"{planted}:2"]


def test_an_address_this_machine_is_set_to_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://someone:secret@mirror.example/simple")
    planted = tmp_path / "notes.md"
    planted.write_text("fetched from mirror.example\n")
    assert naming([planted], registries()) == [f"{planted}:1"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_python_package_has_hashes_and_no_address(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert all(ENTRY.match(entry) and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in "".join(entries)


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    run, dev = (set((ROOT / name).read_text().splitlines()) for name in ("requirements.lock", "requirements-dev.lock"))
    assert {line for line in run if ENTRY.match(line)} <= dev


def test_the_npm_lock_has_hashes_and_no_address() -> None:
    packages = json.loads((ROOT / "widget" / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert all("resolved" not in package and "integrity" in package for package in packages.values())


def test_npm_versions_are_exact() -> None:
    package = json.loads((ROOT / "widget" / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
