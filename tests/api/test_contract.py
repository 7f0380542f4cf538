"""Each endpoint over a campaign that was just opened."""
from __future__ import annotations


def test_try(operator, campaign):
    import json
    print(json.dumps(campaign, ensure_ascii=False, indent=1)[:3000])
    task = operator.get("/tasks/" + campaign["tasks"][0]["id"])
    print(task.headers, task.status_code, json.dumps(task.json, ensure_ascii=False)[:6000])
    assert 0
