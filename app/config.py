"""Settings: environment variables `OPORA_*`. An unknown or malformed one stops the start with its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import BadInput

PREFIX = "OPORA_"


class Settings(BaseSettings):
    """`database_url`: SQLite file in `var/` or PostgreSQL. `demo` shows the accounts at sign-in and binds to loopback only."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str = "sqlite:///var/opora.db"
    replica_url: str = Field(
        default="", description="a PostgreSQL standby that lists, boards and exports are read from"
    )
    replica_lag_seconds: float = Field(default=10.0, description="a standby further behind is not read from")
    secret_key: str = Field(default="", description="32 or more characters; made and kept in var/secret when empty")
    files_dir: Path = Path("var/files")
    var_dir: Path = Path("var")
    smtp_url: str = ""
    mail_from: str = "opora@localhost"
    base_url: str = "http://127.0.0.1:8000"
    demo: bool = False
    demo_password: str = "opora-demo-2026"  # noqa: S105 - shown on the sign-in page in demo mode, refused elsewhere
    insecure_cookies: bool = Field(default=False, description="plain http on loopback: cookies without Secure")
    trusted_proxies: int = Field(
        default=0, description="proxies before the site whose X-Forwarded headers are believed"
    )
    queue: Literal["embedded", "procrastinate"] = "embedded"
    queue_stalled_seconds: int = Field(
        default=30, ge=3, description="a host of the queue that has said nothing for so long is dead"
    )
    worker_interval: float = 1.0
    upload_limit_mb: int = 64
    virus_scan_command: str = ""
    session_idle_minutes: int = 30
    session_hours: int = 12
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; BadInput names each variable that is unknown or malformed."""
    environ = os.environ if environ is None else environ
    values, problems = {}, []
    for name, value in environ.items():
        if not name.startswith(PREFIX):
            continue
        field = name.removeprefix(PREFIX).lower()
        if field in Settings.model_fields:
            values[field] = value
        else:
            problems.append(f"{name}: такой настройки нет")
    try:
        settings = Settings.model_validate(values) if not problems else None
    except ValidationError as error:
        problems += [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        settings = None
    if settings is None:
        raise BadInput("Настройки не приняты: " + "; ".join(problems), items=problems)
    return settings
