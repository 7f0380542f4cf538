"""The frame without a browser: headers, CSRF, errors, look, escaping, fields and table buttons, Russian formats."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.web import formtools, guard, mishaps, ru
from tests.web import samplepages, samples
from tests.web.conftest import ROOT, build_app
from tests.web.sampleforms import RoadMap

PATHS = [
    "/p/tasks",
    "/p/form",
    "/refuse/403",
    "/refuse/404",
    "/refuse/500",
    "/nothing",
    "/assets/favicon.svg",
    "/look",
    "/sample/state.json",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(frame_client, path):
    answer = frame_client.get(path)
    for name in guard.HEADERS:
        assert name in answer.headers, name
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if not path.startswith("/assets/"):
        assert answer.headers["Cache-Control"] == "no-store"


def test_trusted_types_are_closed_but_for_the_diagram(frame_client):
    assert "trusted-types 'none'" in frame_client.get("/p/tasks").headers["Content-Security-Policy"]
    assert "trusted-types htmx" in frame_client.get("/p/import").headers["Content-Security-Policy"]
    drawing = frame_client.get("/p/case").headers["Content-Security-Policy"]
    assert "trusted-types" not in drawing and "img-src 'self' data:" in drawing


def test_nonce_is_new_each_time_and_stands_on_each_script(frame_client):
    pages = [frame_client.get("/p/case") for _ in range(2)]
    nonces = [re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"]).group(1) for page in pages]
    assert nonces[0] != nonces[1]
    scripts = re.findall(r"<script[^>]*>", pages[0].text)
    assert scripts and all(f'nonce="{nonces[0]}"' in tag for tag in scripts)


@pytest.mark.parametrize("name", [*samplepages.PAGES, "form"])
def test_pages_have_nothing_inline_and_nothing_outside(frame_client, name):
    page = frame_client.get(f"/p/{name}")
    assert page.status_code == 200
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page.text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text)
    assert page.text.count("<h1") == 1
    levels = [int(level) for level in re.findall(r"<h([1-4])", page.text)]
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    ids = re.findall(r'\sid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
    for used in re.findall(r'href="#(i-[a-z]+)"', page.text):
        assert f'id="{used}"' in page.text


def _token(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/p/tasks").text).group(1)


def test_a_change_needs_the_token_of_our_own_page(frame_client):
    assert frame_client.post("/change").status_code == 400
    token = _token(frame_client)
    assert frame_client.post("/change", data={"csrf_token": token}).text == "changed"
    assert frame_client.post("/change", headers={"X-CSRF-Token": token}).text == "changed"
    assert frame_client.post("/change", data={"csrf_token": token[:-4] + "AAA="}).status_code == 400
    assert frame_client.post("/change", data={"csrf_token": "ё"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.invalid"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Referer": "https://elsewhere.invalid/x"},
    ],
)
def test_a_change_from_another_site_is_refused(frame_client, headers):
    assert frame_client.post("/change", data={"csrf_token": _token(frame_client)}, headers=headers).status_code == 400


def test_tokens_are_bound_to_the_cookie_and_masked(frame_app: Flask):
    mine, other = frame_app.test_client(), frame_app.test_client()
    token = _token(mine)
    assert token != _token(mine)
    _token(other)
    assert other.post("/change", data={"csrf_token": token}).status_code == 400
    mine.set_cookie("s", "a session that began after the page was drawn")
    assert mine.post("/change", data={"csrf_token": token}).status_code == 200


def test_cookies_are_host_bound_and_closed():
    app = build_app()
    app.config["COOKIES_SECURE"] = True
    cookies = app.test_client().get("/p/tasks").headers.getlist("Set-Cookie")
    cookies += app.test_client().get("/look?theme=dark").headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert (
            cookie.startswith("__Host-")
            and "Secure" in cookie
            and "HttpOnly" in cookie
            and "SameSite=Lax" in cookie
            and "Path=/" in cookie
        )


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("403", "Эту задачу может сделать только куратор"),
        ("404", "Такой страницы нет или она вам не видна"),
        ("409", "Пока вы заполняли, задачу уже сделал коллега"),
        ("429", "Вход закрыт"),
        ("500", "ошибка на нашей стороне"),
    ],
)
def test_refusals_say_what_happened_and_end_with_code_and_reference(frame_client, code, title):
    page = frame_client.get(f"/refuse/{code}")
    text = page.text.replace(ru.NB, " ")
    assert page.status_code == int(code)
    assert title in re.search(r"<h1>(.*?)</h1>", text).group(1)
    assert re.search(rf'class="op-code">Код {code}, обращение [А-Я]-\w{{4}}', text)
    assert text.index("Код " + code) > text.index("</h1>")
    assert "seeded secret" not in text and "№ 5" not in text


def test_refusals_of_the_interface_are_json(frame_client):
    answer = frame_client.get("/api/v1/refuse/409")
    assert answer.status_code == 409
    assert answer.json["code"] == "stale_case"
    assert set(answer.json) == {"code", "message", "advice", "reference"}
    assert frame_client.get("/refuse/409", headers={"Accept": "application/json"}).json["code"] == "stale_case"


def test_page_of_a_failure_survives_the_failure_of_the_frame():
    app = build_app()

    def broken():
        raise RuntimeError("database is away")

    app.jinja_env.globals["page"]._visitor = broken
    answer = app.test_client().get("/p/tasks")
    assert answer.status_code == 500
    assert "ошибка на нашей стороне" in answer.text


def test_every_known_refusal_is_worded():
    for status in (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503):
        assert mishaps.KNOWN[status].status == status
        assert not re.search(
            r"!|пожалуйста|некорректн|валидац", mishaps.KNOWN[status].happened + mishaps.KNOWN[status].advice
        )


def test_look_is_remembered_and_written_on_the_page(frame_client):
    answer = frame_client.get("/look?theme=dark&size=150&scheme=wb&font=bad&next=/p/tasks")
    assert answer.status_code == 303 and answer.headers["Location"] == "/p/tasks"
    page = frame_client.get("/p/tasks").text
    assert 'data-theme="dark"' in page and 'data-size="150"' in page and 'data-scheme="wb"' in page
    assert "data-font" not in page and "vision" in page
    frame_client.get("/look")
    assert "data-theme" not in frame_client.get("/p/tasks").text


@pytest.mark.parametrize(
    "target", ["https://elsewhere.invalid/", "//elsewhere.invalid", "/\\elsewhere.invalid", "javascript:alert(1)"]
)
def test_look_returns_only_within_the_site(frame_client, target):
    assert frame_client.get("/look", query_string={"next": target}).headers["Location"] == "/"


def test_pages_are_compressed_when_the_browser_takes_it(frame_client):
    answer = frame_client.get("/p/tasks", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Мои задачи" in gzip.decompress(answer.data).decode()


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>' onfocus=alert(1) x='"


def _poisoned(value):
    """The same context with every text replaced, but for keys that choose a drawing."""
    if isinstance(value, dict):
        kept = {"state", "kind", "key", "status", "paper", "verdict_kind", "url", "form"}
        return {k: v if k in kept and not isinstance(v, dict) else _poisoned(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_poisoned(one) for one in value]
    return HOSTILE if type(value) is str else value


@pytest.mark.parametrize("name", [*samplepages.PAGES])
def test_hostile_text_stays_text(frame_app: Flask, name):
    template, context = samplepages.PAGES[name]
    context = _poisoned(context)
    if "verdict" in str(context.get("remarks", "")):
        context["remarks"] = [{**one, "verdict": "declined"} for one in context["remarks"]]
    with frame_app.test_request_context("/p/tasks"):
        page = frame_app.jinja_env.get_template(template).render(context)
    assert "<script>alert" not in page and "<img src=x" not in page
    assert not re.search(r"<[^>]*\sonfocus=alert[^>]*>", re.sub(r'"[^"]*"', '""', page))


def test_paper_keeps_text_and_tables_only(frame_client):
    page = frame_client.get("/p/approval").text
    paper = page[page.index('class="op-paper"') : page.index("</article>")]
    assert "<mark>46 школ</mark>" in paper and 'scope="col"' in paper
    assert "script" not in paper and "onclick" not in paper


def test_templates_never_trust_text():
    for path in (ROOT / "app/web/templates").rglob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape false", path.read_text()), path


def test_no_file_grows_over_its_limit():
    for folder in ("app/web", "tests/web"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".html", ".css", ".js"} and "dist" not in path.parts:
                assert len(path.read_text().splitlines()) <= 400, path


# forms


def test_error_summary_names_place_and_cure():
    form = samples.road_map(errors=True)
    found = {(error.id, error.label): error.message for error in formtools.form_errors(form)}
    assert found[("measures-1-title", "Мероприятие 2: Мероприятие")] == "Впишите мероприятие"
    assert ("council", "Дата заседания") in found


def test_errors_link_to_fields_and_are_described(frame_client):
    page = frame_client.get("/p/form").text
    for target in re.findall(r'<li><a href="#([^"]+)">', page[page.index("op-error") if "op-error" in page else 0 :]):
        assert f'id="{target}"' in page
    field = re.search(r'<input[^>]*id="council"[^>]*>', page).group(0)
    assert (
        'aria-invalid="true"' in field
        and 'aria-describedby="council-h council-e"' in field
        and 'value="31.11.2026"' in field
    )


def test_a_form_carries_token_versions_and_a_harmless_first_button(frame_client):
    page = frame_client.get("/p/form").text
    form = page[page.index('<form id="task"') :]
    assert (
        'name="version" value="7"' in form and 'name="draft_version" value="3"' in form and 'name="csrf_token"' in form
    )
    assert re.search(r"<button[^>]*>", form).group(0).count('value="stay"') == 1


def _data() -> MultiDict:
    return MultiDict(
        [
            ("measures-0-title", "А"),
            ("measures-0-risk", "2"),
            ("measures-4-title", "Б"),
            ("measures-4-risk", "11"),
            ("protocol", "4"),
            ("measures-paste", 'Дефицит\tВ\t01.02.2027\r\n\t"Г\nд"\t\n'),
            ("do", "x"),
        ]
    )


def test_table_buttons_add_drop_and_parse_without_script():
    added = formtools.run_table_command(RoadMap, _data(), "add:measures")
    assert [entry.form.title.data for entry in RoadMap(added).measures] == ["А", "Б", ""] or len(
        RoadMap(added).measures
    ) == 3
    dropped = formtools.run_table_command(RoadMap, _data(), "drop:measures:0")
    assert [entry.form.title.data for entry in RoadMap(dropped).measures] == ["Б"]
    parsed = RoadMap(formtools.run_table_command(RoadMap, _data(), "parse:measures"))
    assert [entry.form.title.data for entry in parsed.measures] == ["А", "Б", "В", "Г\nд"]
    assert parsed.measures[2].form.due.data == date(2027, 2, 1)
    assert parsed.protocol.data == 4


def test_table_buttons_of_unknown_tables_change_nothing():
    data = _data()
    assert formtools.run_table_command(RoadMap, data, "add:protocol") is data
    assert formtools.run_table_command(RoadMap, data, "drop:nothing:1") is data


# Russian formats


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1 задача"), (2, "2 задачи"), (5, "5 задач"), (11, "11 задач"), (21, "21 задача"), (14208, "14 208 задач")],
)
def test_plurals(n, text):
    assert ru.counted(n, "задача", "задачи", "задач").replace(ru.NB, " ") == text


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (3, "осталось 3 рабочих дня"),
        (1, "остался 1 рабочий день"),
        (21, "остался 21 рабочий день"),
        (0, "сегодня до 18:00"),
        (-1, "просрочено на 1 рабочий день"),
        (-12, "просрочено на 12 рабочих дней"),
        (None, "срок приостановлен"),
    ],
)
def test_what_is_left_of_a_term(days, text):
    assert ru.left(days).replace(ru.NB, " ") == text


def test_numbers_dates_names_and_hashes():
    plain = [
        (ru.share(12, 39), "12 из 39, 30,8 %"),
        (ru.percent(34.0), "34,0 %"),
        (ru.number(-5), "−5"),
        (ru.number(None), "нет данных"),
        (ru.share(0, 0), "0 из 0"),
        (ru.day(date(2026, 11, 9)), "9 ноября 2026 г."),
        (ru.day(date(2026, 11, 9), date(2026, 1, 1)), "9 ноября"),
        (ru.until(date(2026, 10, 5), date(2026, 1, 1)), "до 5 октября"),
        (ru.day_short(date(2026, 11, 9)), "09.11.2026"),
        (ru.initials("Кречетова Нина Васильевна"), "Кречетова Н. В."),
        (ru.school_year(2026), "2026/27"),
        (ru.file_size(1153434), "1,1 МБ"),
        (ru.groups("9f2c41aa00112233e07d", keep=2), "9f2c 41aa … e07d"),
        (ru.school_year(1999), "1999/00"),
    ]
    for got, text in plain:
        assert got.replace(ru.NB, " ") == text
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert ru.moment(datetime(2026, 11, 23, 9, 32, tzinfo=UTC), now) == "сегодня, 09:32"
    assert ru.moment(datetime(2026, 11, 22, 9, 32, tzinfo=UTC), now) == "вчера, 09:32"
    assert ru.NB in ru.bound("по договору Кречетова Н. В.")


def test_words_of_templates_follow_the_rules_of_speech():
    forbidden = re.compile(
        r"пожалуйста|некорректн|валидац|ШНОР|слаб(ая|ые|ых) школ|таск|дедлайн|закоммит|инстанс|провал", re.IGNORECASE
    )
    for path in Path(ROOT / "app/web").rglob("*"):
        if path.suffix in {".html", ".js", ".py"} and "dist" not in path.parts:
            assert not forbidden.search(path.read_text()), path
