"""All pages. While they are served, problems at their addresses are pages too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from web.pages import (
    arrivals,
    check_ins,
    confirm,
    directory,
    episodes,
    errors,
    exercises,
    home,
    links,
    number_to_ring,
    paper,
    placements,
    sign_in,
)


@asynccontextmanager
async def _pages_for_problems(app: FastAPI) -> AsyncIterator[None]:
    app.state.error_page = errors.error_page
    yield


router = APIRouter(include_in_schema=False, lifespan=_pages_for_problems)
for part in (sign_in, confirm, home, check_ins, arrivals, episodes, exercises, placements, directory, paper, links):
    router.include_router(part.router)
router.include_router(number_to_ring.router)
