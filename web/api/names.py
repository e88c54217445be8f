"""What people are called in an episode's history, for signed-in readers."""

from collections.abc import Callable

from web.api.context import Context


async def names_of(ctx: Context) -> Callable[[str], str]:
    """A look-up of names by person id; one that is not known is "somebody"."""
    names = {person.id: person.name for person in await ctx.services.store.directory.people()}
    return lambda person_id: names.get(person_id, "somebody")
