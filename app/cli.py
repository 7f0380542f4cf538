"""The command line. Exit codes: 0 done, 1 refused with the reason on stderr, 2 wrong use. `--json`: one object on stdout."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from app import config
from app.errors import BadInput, DomainError

if TYPE_CHECKING:
    from app.cases.system import System
    from app.db import Database

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
region_option = click.option("--region", required=True, help="code of the region's profile")
json_option = click.option("--json", "as_json", is_flag=True, help="print one JSON object")


class Installation:
    """What commands work on, made when first asked for."""

    @cached_property
    def settings(self) -> config.Settings:
        return config.load()

    @cached_property
    def db(self) -> Database:
        from app import models  # noqa: F401 - foreign keys point across rooms, so all tables must be known
        from app.db import Database

        return Database(self.settings.database_url)

    @cached_property
    def system(self) -> System:
        from app import wiring

        return wiring.build(self.settings)


class Commands(click.Group):
    """Refusals of the domain become a sentence on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as refusal:
            click.echo(f"{refusal.message} {refusal.advice}".strip(), err=True)
            for item in refusal.items[:50] if isinstance(refusal, BadInput) else ():
                click.echo(f"  {item}", err=True)
            ctx.exit(1)


@click.group(cls=Commands)
@click.pass_context
def main(ctx: click.Context) -> None:
    """«Опора»: support of schools with low educational results."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ctx.obj = ctx.obj or Installation()


def emit(as_json: bool, data: Any, lines: Iterable[str]) -> None:
    """One JSON object, or lines for people."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(data) + b"\n")
        return
    for line in lines:
        click.echo(line)


@contextmanager
def progress(title: str) -> Iterator[Callable[[float], None]]:
    """A bar when a person watches, nothing otherwise; the callback takes the share done, 0…1."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@main.command()
@click.pass_obj
def upgrade(installation: Installation) -> None:
    """Bring the database to the newest schema."""
    from app import migrate
    from app.ops import server

    migrate.upgrade(installation.settings.database_url)
    server.upgrade_queue(installation.settings)


@main.command()
@click.option("--region", "codes", multiple=True, help="only this region")
@click.option("--if-empty", is_flag=True, help="do nothing when there are organisations already")
@click.pass_obj
def demo(installation: Installation, codes: tuple[str, ...], if_empty: bool) -> None:
    """Load the synthetic regions: schools, three school years of results, people, a campaign under way."""
    from app.demo import load

    with progress("Демонстрационные данные") as done:
        for line in load.load(
            installation.system,
            codes or None,
            if_empty=if_empty,
            password=installation.settings.demo_password,
            progress=done,
        ):
            click.echo(line)


@main.command("import-registry")
@click.argument("file", type=FILE)
@region_option
@json_option
@click.pass_obj
def import_registry(installation: Installation, file: Path, region: str, as_json: bool) -> None:
    """Load the registry of schools (xlsx, xls, ods, csv)."""
    from app.schools import importing

    report = importing.import_registry(installation.db, file, region)
    emit(as_json, report.as_json(), report.lines())


@main.command("import-results")
@click.argument("files", type=FILE, nargs=-1, required=True)
@region_option
@json_option
@click.pass_obj
def import_results(installation: Installation, files: tuple[Path, ...], region: str, as_json: bool) -> None:
    """Load result files; the kind of each is recognised by its content. One bad file refuses the whole call."""
    from app.imports import writing

    with progress("Загрузка таблиц") as done:
        report = writing.import_results(installation.db, files, region, progress=done)
    emit(as_json, report.as_json(), report.lines())


@main.command()
@region_option
@click.option("--school-year", type=int, required=True, help="first year of the list's school year: 2025 is 2025/26")
@json_option
@click.pass_obj
def identify(installation: Installation, region: str, school_year: int, as_json: bool) -> None:
    """Compute which schools of the region need support, with the evidence."""
    from app.db import utcnow
    from app.identification import runs

    with installation.db.write() as session:
        run = runs.identify(session, region, school_year, actor=None, now=utcnow())
        data = runs.run_json(session, run)
    counts: dict[str, int] = {}
    for verdict in data["verdicts"]:
        counts[verdict["status"]] = counts.get(verdict["status"], 0) + 1
    emit(
        as_json,
        data,
        [f"Расчёт {data['run']}, правило {data['rule']}", *(f"  {k}: {v}" for k, v in sorted(counts.items()))],
    )


@main.command()
@region_option
@click.option("--years", type=click.IntRange(1, 5), default=3, help="school years to play")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="where papers go")
@click.option("--schools", type=click.IntRange(0), default=0, help="how many listed schools are led through; 0: all")
@json_option
@click.pass_obj
def cycle(installation: Installation, region: str, years: int, out: Path, schools: int, as_json: bool) -> None:
    """Play whole school years of an invented region through the same operations, by a clock of their own."""
    from app.demo.years import play

    tell = (lambda line: None) if as_json else click.echo
    password = installation.settings.demo_password
    played = play(installation.system, region, years, out, password=password, schools=schools, tell=tell)
    emit(as_json, played.as_json(), played.lines())


@main.command("check-workflows")
@click.argument("files", type=FILE, nargs=-1)
@json_option
@click.pass_context
def check_workflows(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Refuse, in words, diagrams that may not be published."""
    from app import publication

    problems = publication.check(files or None)
    rows = [asdict(problem) for problem in problems]
    emit(as_json, {"problems": rows}, [str(problem) for problem in problems] or ["Схемы можно публиковать."])
    if any(not problem.warning for problem in problems):
        ctx.exit(1)


@main.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", type=int, default=8000)
@click.option("--workers", type=int, default=2)
@click.pass_obj
def serve(installation: Installation, host: str, port: int, workers: int) -> None:
    """Serve web and REST."""
    from app.ops import server

    server.serve(installation.settings, host, port, workers)


@main.command()
@click.option("--drain", is_flag=True, help="do everything due now and stop")
@click.pass_obj
def worker(installation: Installation, drain: bool) -> None:
    """Deliver letters, wake what is due, render what was deferred."""
    from app.ops import server

    server.work(installation.settings, installation.system, drain=drain)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def backup(installation: Installation, file: Path, as_json: bool) -> None:
    """Write database and files, cut together, into one FILE; the product goes on working meanwhile."""
    from app.db import utcnow
    from app.files import FileStore
    from app.ops import backup as copies

    with progress("Копия") as done:
        store = FileStore(installation.settings.files_dir)
        manifest = copies.backup(installation.db, store, file, utcnow(), done)
    told = f"Копия {file}: записей журнала {manifest.seq}, файлов {manifest.files}, схема {manifest.revision}"
    emit(as_json, manifest.model_dump(mode="json"), [told])


@main.command()
@click.argument("file", type=FILE)
@json_option
@click.pass_context
def restore(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Fill an empty installation from a backup FILE and prove that it holds what was cut."""
    from app.files import FileStore
    from app.ops import backup as copies

    settings = ctx.obj.settings
    with progress("Восстановление") as done:
        manifest, proof = copies.restore(ctx.obj.db, FileStore(settings.files_dir), file, done)
    lines = [f"Копия от {manifest.made_at:%d.%m.%Y %H:%M} UTC восстановлена, схема {manifest.revision}"]
    lines.append(f"Проверено: записей журнала {proof.records}, файлов {proof.files}, документов {proof.documents}")
    emit(as_json, {"manifest": manifest.model_dump(mode="json"), "proof": asdict(proof)}, lines)
    if proof.faults:
        click.echo("\n".join(["Проверка не прошла:", *proof.faults]), err=True)
        ctx.exit(1)


@main.group()
def case() -> None:
    """One case."""


@case.command("export")
@click.argument("case_id", metavar="CASE", type=int)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="the ZIP to write")
@json_option
@click.pass_obj
def case_export(installation: Installation, case_id: int, out: Path, as_json: bool) -> None:
    """Write a case with all under it into one ZIP that can be read and checked without the program."""
    from app.db import utcnow
    from app.ops import case_export as exports

    told = exports.export(installation.system, case_id, out, utcnow())
    counts = f"записей журнала {told['records']}, документов {told['documents']}, файлов {told['files']}"
    emit(as_json, told, [f"Дело {case_id}: {out}, {counts}", f"SHA-256 {told['sha256']}"])


@main.group()
def cases() -> None:
    """Many cases at once."""


@cases.command("migrate")
@click.option("--process", required=True, help="code of the process")
@click.option("--dry-run", is_flag=True, help="say what would happen to each case and change nothing")
@click.option(
    "--accept", "accepted", type=int, multiple=True, help="a case that needs a decision: move it all the same"
)
@click.option("--undo", default="", help="name of an earlier run: put its cases back")
@json_option
@click.pass_context
def cases_migrate(
    ctx: click.Context, process: str, dry_run: bool, accepted: tuple[int, ...], undo: str, as_json: bool
) -> None:
    """Let running cases go on by the newest diagram; those that would lose something stay on their own."""
    from app.ops import migration

    told = migration.run(ctx.obj.system, process, dry_run=dry_run, accepted=accepted, undo=undo)
    emit(as_json, told.data, told.lines)


@cases.command("runs")
@json_option
@click.pass_obj
def cases_runs(installation: Installation, as_json: bool) -> None:
    """List the runs that moved cases, newest first: also one that was cut off before it told its name."""
    from app.ops import migration

    told = migration.runs(installation.db)
    emit(as_json, told.data, told.lines)


@main.command("verify")
@click.argument("file", type=FILE)
@json_option
@click.pass_context
def verify_file(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Check an exported case; needs neither database nor network."""
    from app.ops import case_verify

    report = case_verify.verify(file)
    looked = f"файлов {report.members}, записей журнала {report.records}, изданных PDF {report.documents}"
    lines = [f"Дело {report.case}: {looked}", f"Журнал до записи № {report.seq}, отпечаток {report.head}"]
    emit(as_json, asdict(report), [*lines, f"SHA-256 {report.sha256}"])
    if report.faults:
        click.echo("\n".join(["Выгрузка не цела:", *report.faults]), err=True)
        ctx.exit(1)


@main.group()
def journal() -> None:
    """The journal of everything that happened."""


@journal.command("verify")
@json_option
@click.pass_context
def journal_verify(ctx: click.Context, as_json: bool) -> None:
    """Check the whole chain; name the first broken record."""
    from app import journal as chain
    from app.documents import witnesses

    with ctx.obj.db.read() as session:
        report = chain.verify(session, witnesses.printed_heads(session))
    data = {"intact": report.intact, "records": report.records, "seq": report.seq, "hash": report.hash}
    if report.broken is None:
        emit(as_json, data, [f"Журнал цел: записей {report.records}, отпечаток {report.hash}"])
        return
    data["broken"] = {"seq": report.broken.seq, "reason": report.broken.reason}
    emit(as_json, data, [f"Журнал повреждён: запись № {report.broken.seq} – {report.broken.reason}"])
    ctx.exit(1)


@journal.command("head")
@json_option
@click.pass_obj
def journal_head(installation: Installation, as_json: bool) -> None:
    """The end of the chain: what is printed on documents."""
    from app import journal as chain

    with installation.db.read() as session:
        end = chain.head(session)
    emit(as_json, {"seq": end.seq, "hash": end.hash.hex()}, [f"{end.seq} {end.hash.hex()}"])


def _add_people_commands() -> None:
    from app.people import commands

    main.add_command(commands.user)
    main.add_command(commands.token)


_add_people_commands()


if __name__ == "__main__":
    main()
