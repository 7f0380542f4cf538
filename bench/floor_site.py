"""A page with a form and nothing else: what Flask, gunicorn and ten fields cost before anything is done with them.

python -m bench.floor_site PORT
"""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask, redirect, request
from gunicorn.app.base import BaseApplication

from app.ops.server import options_for
from bench import caseforms

PAGE = "<form method=post>{% for f in form %}<p>{{ f.label }} <input name={{ f.name }} value='{{ f.data or '' }}'></p>{% endfor %}</form>"


def create() -> Flask:
    app = Flask(__name__)
    form_class, page = caseforms.FORMS["bench_t01"], app.jinja_env.from_string(PAGE)

    @app.get("/healthz")
    def healthz() -> Any:
        return {"status": "ok"}

    @app.get("/form")
    def show() -> Any:
        return page.render(form=form_class())

    @app.post("/form")
    def send() -> Any:
        form = form_class(request.form)
        return redirect("/form", 303) if form.validate() else (page.render(form=form), 422)

    return app


class Served(BaseApplication):
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create()


if __name__ == "__main__":
    Served(options_for("127.0.0.1", int(sys.argv[1]), 1)).run()
