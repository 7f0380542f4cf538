"""Web workers under gunicorn and the background worker."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from app import logs
from app.cases.system import System
from app.config import Settings
from app.errors import Refused
from app.ops import meters

if TYPE_CHECKING:
    from app.worker.loop import Worker

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Lines(Logger):
    """gunicorn's own lines in the common log, without what they would quote: an address holds what was looked for."""

    def __init__(self, cfg: Any) -> None:
        super().__init__(cfg)
        self.error_log.propagate = True
        self.error_log.addFilter(_unquoted)

    def _set_handler(self, *_: Any, **__: Any) -> None:
        """The root's handler writes the line."""


def _unquoted(record: logging.LogRecord) -> bool:
    record.args = ()
    return True


class Gunicorn(BaseApplication):
    """gunicorn with our application and no configuration file."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings, self.options = settings, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def application(self) -> Any:
        from app import create_app

        return create_app(self.settings)

    def load(self) -> Any:
        application = self.application()
        gc.collect()
        gc.freeze()  # what was loaded at start is never garbage: shorter collections in every request
        gc.set_threshold(20_000, 20, 50)  # a request makes some thousands of objects that die with it
        return application


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until stopped. The demo, with its known passwords, is refused on an address others can reach."""
    if settings.demo and host not in LOOPBACK:
        raise Refused(
            "Демонстрационный режим открыт только на этом компьютере.",
            advice="Уберите OPORA_DEMO или укажите адрес 127.0.0.1.",
        )
    logs.configure(settings.log_level)
    meters.gather(settings.var_dir, meters.WEB)
    Gunicorn(settings, options_for(host, port, workers)).run()


def options_for(host: str, port: int, workers: int) -> dict[str, Any]:
    """How the product is served by gunicorn."""
    return {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": 4,
        "timeout": 120,
        "graceful_timeout": 20,
        "accesslog": None,
        "loglevel": "warning",
        "logger_class": Lines,
    }


def work(settings: Settings, system: System, *, drain: bool = False) -> None:
    """The background worker, until SIGTERM or SIGINT; with `drain` until nothing is due."""
    logs.configure(settings.log_level)
    meters.gather(settings.var_dir, meters.WORKER)
    worker = _worker(settings, system)
    worker.heed_signals()
    if drain:
        worker.drain()
    else:
        worker.run()


def _worker(settings: Settings, system: System) -> Worker:
    from app.cases import recount, vacancies
    from app.documents import renditions
    from app.worker.loop import Worker
    from app.worker.mail import Postman

    postman = Postman(settings.smtp_url, settings.mail_from)
    topics = {"render": lambda message: renditions.deliver(system, message.payload)}
    chores: list[Callable[[datetime], object]] = [
        partial(_sweep, system),
        partial(vacancies.pass_on, system),
        partial(recount.recount, system),
        lambda _now: system.db.study(),
    ]
    if settings.queue == "embedded":
        return Worker(system, postman, topics, interval=settings.worker_interval, chores=chores)
    queue = _queue()
    queue.require_installed(system.db)
    pace = queue.Pace.giving_up_after(settings.queue_stalled_seconds)
    return queue.QueueWorker(system, postman, topics, interval=settings.worker_interval, chores=chores, pace=pace)


def _sweep(system: System, now: datetime) -> int:
    """Drop files that nobody finished sending for as long as the most patient region waits."""
    from app.files import transfers

    keep = max(profile.uploads.keep_hours for profile in system.profiles.values())
    return transfers.sweep(system.db, system.files, timedelta(hours=keep), now)


def upgrade_queue(settings: Settings) -> None:
    """Make or renew the queue's tables when the settings ask for the queue."""
    if settings.queue == "procrastinate":
        _queue().install(settings.database_url)


def _queue() -> ModuleType:
    try:
        from app.worker import queue
    except ImportError as missing:
        raise Refused(
            f"Для очереди не хватает пакета {missing.name}.", advice="Установите «Опору» с дополнением queue."
        ) from missing
    return queue
