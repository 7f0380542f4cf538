"""The blueprint and what every view of the interface needs."""

from __future__ import annotations

from flask import Blueprint, current_app

from app.api.contract import Contract
from app.cases.system import System

PREFIX = "/api/v1"
contract = Contract(Blueprint("api", __name__, url_prefix=PREFIX))
endpoint = contract.endpoint


def system() -> System:
    return current_app.extensions["system"]
