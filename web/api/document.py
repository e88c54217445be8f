"""`python -m web.api.document` writes docs/openapi.json: the API as others rely on it, each body with an example."""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from web import health
from web.api import router

PATH = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"

KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new one for each thing reported; the same again for the same thing sent again.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "examples": ["4a1f0c9e-5a0c-4c38-9d0e-2f1d5be2a0c4"],
    },
}
ABOUT = (
    "What care homes, on-call staff and systems tell Golden Hour. Problems are RFC 9457 (application/problem+json). "
    "`placement_id` is the placement's alias, `episode_id` is `{alias}-{n}`, other ids are UUIDv7."
)


def document() -> dict[str, Any]:
    """The OpenAPI document of the API and of the health endpoints."""
    app = FastAPI(title="Golden Hour", version="1", description=ABOUT)
    app.include_router(health.router)
    app.include_router(router)
    content = app.openapi()
    content["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for path, item in content["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation)
    _add_policy_body(content["paths"]["/api/v1/policies"]["post"])
    return content


def text() -> str:
    """As it stands in the file."""
    return json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """What FastAPI can't know: it is checked before it looks."""
    if not path.startswith("/api/"):
        return
    operation["security"] = [{"bearer": []}]
    responses = operation["responses"]
    # Ours are problems, and take the place of FastAPI's own.
    responses.pop("422", None)
    problem = responses["default"].pop("content")["application/json"]
    responses["default"]["content"] = {"application/problem+json": problem}
    if method == "post":
        operation.setdefault("parameters", []).append(KEY)
        if path.startswith(("/api/v1/placements", "/api/v1/episodes")):
            responses.setdefault("202", _kept())


def _kept() -> dict[str, Any]:
    return {
        "description": "Kept, and delivered when the engine answers again",
        "content": {
            "application/json": {
                "example": {
                    "queued": True,
                    "intent_id": "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d0f",
                    "message": "Kept, but not done yet: the engine does not answer.",
                }
            }
        },
    }


def _add_policy_body(operation: dict[str, Any]) -> None:
    example = (PATH.parents[1] / "config" / "policies" / "demonstration.toml").read_text("utf-8")
    operation["requestBody"] = {
        "required": True,
        "content": {
            "application/toml": {"schema": {"type": "string"}, "example": example},
            "application/json": {
                "schema": {"type": "object", "description": "The same shape as in TOML; times as `07:00:00`."},
                "example": {"id": "arrival-high", "title": "Arrival, high risk", "check_plan": [], "rung": []},
            },
        },
    }


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
