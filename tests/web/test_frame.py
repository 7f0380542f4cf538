"""The frame without a browser: headers, CSRF, errors, look, escaping, fields and table buttons, Russian formats."""

from __future__ import annotations

import gzip
import re
from itertools import pairwise

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.web import guard, mishaps, ru
from tests.web import samplepages
from tests.web.conftest import ROOT, build_app
from tests.web.sampleforms import CONTEXT, RoadMap

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


def test_a_page_that_is_not_found_leads_to_cases_by_what_its_advice_names(frame_client):
    text = frame_client.get("/refuse/404").text.replace(ru.NB, " ")
    form = re.search(r'<form class="op-row" role="search".*?</form>', text, re.DOTALL).group()
    assert 'action="/cases"' in form and 'name="status" value="all"' in form
    assert "номер дела" in re.search(r"<label.*?</label>", form).group() and "номеру" in text


def test_refusals_of_the_interface_are_json(frame_client):
    answer = frame_client.get("/api/v1/refuse/409")
    assert answer.status_code == 409
    assert answer.json["code"] == "stale_case"
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 409 and answer.json["detail"]
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


def test_hostile_answers_stay_text_in_a_form(frame_app: Flask):
    sent = MultiDict({name: HOSTILE for name in ("measures-0-title", "measures-0-who", "protocol", "answer", "school")})
    context = {
        **CONTEXT,
        "sources": {"answer": {"text": HOSTILE, "url": "/s"}},
        "choices": {"school": {HOSTILE: HOSTILE}},
    }
    form = RoadMap(sent, context=context)
    form.validate()
    form.answer.description = form.measures.label.text = HOSTILE
    with frame_app.test_request_context("/tasks/1"):
        page = frame_app.jinja_env.get_template("forms/show.html").render(form=form, version=1, draft=None)
    assert page.count("&lt;script&gt;") >= 8
    assert "<script>alert" not in page and "<img src=x" not in page


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
            if path.suffix in {".py", ".html", ".css", ".js"} and not {"dist", "node_modules"} & set(path.parts):
                assert len(path.read_text().splitlines()) <= 400, path
