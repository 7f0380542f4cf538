"""The engine room: diagrams in, cases moved, state as bytes. The only package that knows SpiffWorkflow."""

from .catalogue import Catalogue, Definition, files_hash, from_files
from .expressions import compile_expression, evaluate
from .fitting import Fit, Fitting
from .lint import lint
from .port import (
    BadDiagram,
    Card,
    DiagramFault,
    Host,
    Node,
    OpenTask,
    Problem,
    StateDoesNotFit,
    Timer,
    UnsafeExpression,
    Wait,
)
from .run import Run

__all__ = [
    "BadDiagram",
    "Card",
    "Catalogue",
    "Definition",
    "DiagramFault",
    "Fit",
    "Fitting",
    "Host",
    "Node",
    "OpenTask",
    "Problem",
    "Run",
    "StateDoesNotFit",
    "Timer",
    "UnsafeExpression",
    "Wait",
    "compile_expression",
    "evaluate",
    "files_hash",
    "from_files",
    "lint",
]
