"""Published versions of processes: parsed once per worker, known by the hash of their files."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.errors import NotFound

from . import codec
from .dialect import DialectParser, parse
from .dmn import read_decisions
from .flow import CaseFlow, plant
from .port import Card, Host, Node, plain
from .run import CaseEngine, Run, awaits_message, triggers
from .specs import WAITING
from .xml import B, called, processes, read_xml

_KEPT_VERSIONS = 256


def files_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the set of files: names and bytes, sorted by name, each with its length."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


class Definition:
    """One version of a process with all it calls. Read-only after construction; shared between threads."""

    def __init__(self, files: Mapping[str, bytes], process: str) -> None:
        """Parse; BadDiagram if the files are not diagrams of the dialect."""
        self.process = process
        self.files: Mapping[str, bytes] = MappingProxyType(dict(files))
        self.hash = files_hash(files)
        self._spec, self._subs, parser = parse(files, process)
        self.owner: Mapping[str, str] = parser.owner
        self._describe(parser)

    def _describe(self, parser: DialectParser) -> None:
        node = parser.get_process_parser(process_id=self.process).node
        self.name: str = node.get("name") or self.process
        self.documentation: str = (node.findtext(B + "documentation") or "").strip()
        self.file: str = parser.get_process_parser(self.process).filename
        mine = {parser.owner[n] for n in (self._spec.name, *self._subs)}
        self.nodes: Mapping[tuple[str, str], Node] = {k: n for k, n in parser.nodes.items() if k[0] in mine}
        # one process may call another with the same node id; the caller's card wins
        own_last = sorted(self.nodes.values(), key=lambda n: n.process == self.process)
        self.tasks: Mapping[str, Card] = {n.key: n.card for n in own_last if n.kind == "userTask"}

    @property
    def xml(self) -> bytes:
        """The file the process is drawn in."""
        return self.files[self.file]

    def start(self, scope: Mapping[str, Any], host: Host) -> Run:
        """Begin a case: runs until somebody or something is waited for."""
        engine = CaseEngine(plain(scope), host)
        case = CaseFlow(self._spec, self._subs, script_engine=engine, deserializing=True)
        plant(case)
        return Run(self, case, engine)._begin()

    def load(self, state: bytes, host: Host) -> Run:
        """A stored case as it was; StateDoesNotFit if it was stored by a version with other nodes. Nothing is run."""
        document = codec.read(state)
        engine = CaseEngine(document["vars"], host)
        return Run(self, codec.load(document, self._spec, self._subs, engine), engine)

    def deaf(self, state: bytes, messages: Collection[str]) -> bool:
        """Nothing in a stored case waits for a message and none of these starts anything: to load it would change nothing."""
        document = codec.read(state)
        return document["done"] or not any(self._hears(flow, messages) for flow in document["flows"])

    def _hears(self, flow: Mapping[str, Any], messages: Collection[str]) -> bool:
        spec = self._spec if flow["process"] == self._spec.name else self._subs.get(flow["process"])
        if spec is None:
            return True  # whoever loads it will be told what does not fit
        waiting = (spec.task_specs.get(name) for _, _, stands, name, *_ in flow["tasks"] if stands == WAITING)
        return any(map(awaits_message, waiting)) or any(name in messages for name, _ in triggers(spec, self._subs))


_versions: OrderedDict[tuple[str, str], Definition] = OrderedDict()
_lock = threading.Lock()


def from_files(files: Mapping[str, bytes], process: str) -> Definition:
    """The version these files make, parsed at most once per worker."""
    key = (files_hash(files), process)
    with _lock:
        found = _versions.get(key)
        if found is not None:
            _versions.move_to_end(key)
            return found
    made = Definition(files, process)
    with _lock:
        _versions[key] = made
        while len(_versions) > _KEPT_VERSIONS:
            _versions.popitem(last=False)
    return made


class Catalogue:
    """The newest versions: a directory of `.bpmn` and `.dmn` files."""

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)
        self.refresh()

    def refresh(self) -> None:
        """Read the directory again."""
        self.files: dict[str, bytes] = {}
        self._newest: dict[str, Definition] = {}
        self._process_file: dict[str, str] = {}
        self._decision_file: dict[str, str] = {}
        self._calls: dict[str, tuple[set[str], set[str]]] = {}
        for path in sorted(self.directory.glob("*")):
            if path.suffix in (".bpmn", ".dmn"):
                self._add(path.name, path.read_bytes())

    def _add(self, name: str, data: bytes) -> None:
        self.files[name] = data
        if name.endswith(".dmn"):
            self._decision_file.update({d.id: name for d in read_decisions(name, data)})
            return
        root = read_xml(name, data)
        self._process_file.update({p.get("id", ""): name for p in processes(root)})
        self._calls[name] = called(root)

    def processes(self) -> tuple[str, ...]:
        """Ids of all processes, sorted."""
        return tuple(sorted(self._process_file))

    def files_of(self, process: str) -> dict[str, bytes]:
        """The file of a process and every file it calls, directly or not."""
        if process not in self._process_file:
            raise NotFound(f"Процесса «{process}» нет среди схем.", advice="Проверьте код процесса.")
        names: set[str] = set()
        queue = [self._process_file[process]]
        while queue:
            name = queue.pop()
            if name in names:
                continue
            names.add(name)
            calls, decisions = self._calls.get(name, (set(), set()))
            queue += [self._process_file[c] for c in calls if c in self._process_file]
            queue += [self._decision_file[d] for d in decisions if d in self._decision_file]
        return {n: self.files[n] for n in sorted(names)}

    def definition(self, process: str) -> Definition:
        """The newest version of a process; NotFound if there is none."""
        found = self._newest.get(process)
        if found is None:
            found = self._newest[process] = from_files(self.files_of(process), process)
        return found

    def cached(self, version: str, process: str) -> Definition | None:
        """A version by its hash if this worker has it parsed; else it has to be made from its files."""
        return _versions.get((version, process))

    def from_files(self, files: Mapping[str, bytes], process: str) -> Definition:
        """A pinned version, from the files stored with it."""
        return from_files(files, process)
