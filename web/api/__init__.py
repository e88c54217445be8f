"""The HTTP API of the contract in DESIGN.md. Every route asks who calls; see web.api.route."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from web.api import directory, episodes, exercises, placements, policies, tokens, verifications


class FieldProblem(BaseModel):
    """A field and why it can't be as it is."""

    field: str
    detail: str
    line: int | None = None


class ProblemAnswer(BaseModel):
    """An RFC 9457 problem (application/problem+json)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:goldenhour:problem:unprocessable-content",
                    "title": "This can't be done as it is",
                    "status": 422,
                    "detail": "seen_at: this time is in the future: check the clock of the device",
                    "instance": "/api/v1/placements/Heron-42/check-ins",
                    "errors": [
                        {"field": "seen_at", "detail": "this time is in the future: check the clock of the device"}
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None


router = APIRouter(prefix="/api/v1", responses={"default": {"model": ProblemAnswer, "description": "A problem"}})
for part in (policies, directory, verifications, placements, episodes, exercises, tokens):
    router.include_router(part.router)
