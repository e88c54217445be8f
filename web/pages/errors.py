"""What went wrong, in plain words, on a page."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.responses import Response

from store.errors import StoreError
from web.pages.rendering import page
from web.pages.visitors import SignInFirst, Visitor, WrongForm, visitor_of
from web.problems import Problem

SEE_OTHER = 303
FORBIDDEN = 403
UNAVAILABLE = 503

WORDS = {
    403: ("You can't do this", "It is not for your role to see or do this."),
    404: ("Nothing here", "There is no such page, or no such child whom you look after."),
    405: ("Nothing here", "This address takes no form of that kind."),
    413: ("Too much", "What was sent is too long. Shorten it and send it again."),
    503: (
        "Golden Hour does not answer",
        (
            "A part of it is away. What you recorded before is safe. If a check is due or you are worried about a "
            "child, use the telephone and the paper ladder now, and try this page again in a moment."
        ),
    ),
}


class PageRoute(APIRoute):
    """A route whose visitor signs in first, and whose failures are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, with these two answers around it."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInFirst:
                wanted = request.url.path if request.method == "GET" and request.url.path != "/" else ""
                return RedirectResponse(f"/sign-in?next={wanted}" if wanted else "/sign-in", SEE_OTHER)
            except WrongForm:
                return error(
                    request,
                    FORBIDDEN,
                    "This form is too old",
                    "It was made for another session, so nothing was recorded. Go back to the page, load it again, "
                    "and record it there.",
                )

        return answered


async def shown_or_told(request: Request, shown: Awaitable[Response], detail: str) -> Response:
    """The page with the form that came back; where even that can't be shown, why nothing was recorded."""
    try:
        return await shown
    except StoreError:
        return error(request, UNAVAILABLE, "Not recorded", f"{detail[:1].upper()}{detail[1:].rstrip('.')}.")


async def visitor_or_nobody(request: Request) -> Visitor | None:
    """Who is signed in, as far as can be told now."""
    try:
        return await visitor_of(request)
    except StoreError:
        return None


def error(request: Request, status: int, title: str, text: str) -> Response:
    """A page that says what happened and what to do."""
    visitor = getattr(request.state, "visitor", None)
    return page(request, "problem.html", visitor=visitor, status=status, title=title, text=text)


def error_page(request: Request, problem: Problem) -> Response:
    """A problem, for somebody who looks at pages."""
    title, text = WORDS.get(problem.status, (problem.title, problem.detail))
    return error(request, problem.status, title, text)
