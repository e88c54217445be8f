"""`goldenhour geography …`: fill the directory with the country's authorities, and show who is next door."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from cli.doctor import as_up_sees_it
from cli.errors import CommandError, MisuseError
from config.geography import DIRECTORY, GeographyErrors, read
from config.geography_lint import Touching
from config.keys import SecretFileError
from config.settings import Settings, SettingsError, read_environment
from store.authorities import Authority
from store.database import database_url
from store.errors import StoreError
from store.geography import Loaded
from store.repositories import Store

T = TypeVar("T")

MOST_MISTAKES = 20

HOW = {
    Touching.LAND: "by land",
    Touching.BRIDGE: "by a bridge or tunnel",
    Touching.WATER: "by water only, so not next door unless people add it",
    None: "added by hand",
}


def load(directory: str) -> None:
    """Bring the directory to these files, or to the built-in ones.

    Raises:
        CommandError: a file has a mistake, a setting is wrong, or the store is away; nothing was changed.
    """
    try:
        geography = read(Path(directory) if directory else DIRECTORY)
    except GeographyErrors as refusal:
        raise CommandError(_mistakes(refusal)) from None
    loaded = asyncio.run(_with_store(lambda store: store.directory.load_geography(geography)))
    print("\n".join(_told(loaded)))


def show(name: str) -> None:
    """Print what is loaded, or one authority by its name or ONS code.

    Raises:
        MisuseError: there is no such authority.
        CommandError: a setting is wrong, or the store is away.
    """
    if not name:
        print(asyncio.run(_with_store(_summary)))
        return
    found = asyncio.run(_with_store(lambda store: store.directory.authorities()))
    wanted = [one for one in found if name.casefold() in {one.name.casefold(), (one.ons_code or "").casefold()}]
    if not wanted:
        raise MisuseError(f"there is no authority {name!r} in the directory: give its whole name or its ONS code")
    names = {one.id: one.name for one in found}
    for one in wanted:
        print("\n".join(_described(one, names)))


async def _summary(store: Store) -> str:
    standing = await store.directory.geography()
    if not standing.authorities:
        return "The geography was never loaded: run `goldenhour geography load`."
    former = f"\nno longer in the geography, and still referred to: {', '.join(standing.former)}"
    return (
        f"{standing.authorities} authorities, {standing.forces} police forces, {standing.borders} pairs next door"
        f"{former if standing.former else ''}"
    )


def _described(authority: Authority, names: dict[str, str]) -> list[str]:
    lines = [f"{authority.name} ({authority.ons_code or 'no ONS code'}), {authority.kind.replace('_', ' ')}"]
    if authority.kind == "local_authority":
        lines.append(f"  police: {names.get(authority.police_id or '', 'not known')}")
    for touching, how in HOW.items():
        beside = [one for one in authority.borders if one.touching == touching]
        if beside:
            shown = sorted(names[one.authority_id] + _by_hand(touching, by_hand=one.by_hand) for one in beside)
            lines.append(f"  {how}: {', '.join(shown)}")
    if authority.kind == "local_authority" and not any(one.next_door for one in authority.borders):
        lines.append("  nobody is next door: no neighbouring authority is told unless people add one")
    return lines


def _by_hand(touching: Touching | None, *, by_hand: bool) -> str:
    return " (added by hand)" if by_hand and touching is not None else ""


def _told(loaded: Loaded) -> list[str]:
    borders = ", ".join(f"{count} {HOW[touching]}" for touching, count in loaded.borders.items())
    lines = [
        f"The geography has {loaded.authorities} authorities and {loaded.forces} police forces.",
        f"Borders: {borders}.",
    ]
    if loaded.anything:
        lines.append(
            f"In the directory: {loaded.added} added, {loaded.adopted} entered by hand and adopted, "
            f"{loaded.changed} changed, {loaded.removed} removed; {loaded.borders_changed} borders drawn anew."
        )
    else:
        lines.append("In the directory nothing had to be changed.")
    return lines + [f"Note: {note}." for note in loaded.notes]


def _mistakes(refusal: GeographyErrors) -> str:
    """A line each, and nothing loaded; of very many the first."""
    lines = [f"{error}" for error in refusal.errors[:MOST_MISTAKES]]
    more = len(refusal.errors) - len(lines)
    return "\n".join([*lines, f"and {more} more"] if more else lines)


async def _with_store(use: Callable[[Store], Awaitable[T]]) -> T:
    """Do something with the store that the environment names, or that `up` embeds on this machine.

    Raises:
        CommandError: a setting is wrong, or the store is away.
    """
    try:
        settings = Settings.load(as_up_sees_it(read_environment()))
        address = database_url(settings.database_url)
        if address.get_backend_name() == "sqlite" and not await asyncio.to_thread(Path(address.database or "").exists):
            raise CommandError("DATABASE_URL: there is no such file; `goldenhour up` or `goldenhour migrate` makes it")
        store = Store.open(settings.database_url, settings.key_ring)
        try:
            return await use(store)
        finally:
            await store.close()
    except (SettingsError, SecretFileError) as error:
        raise CommandError(str(error)) from None
    except StoreError as error:
        raise CommandError(f"{error}; nothing was changed. `goldenhour doctor` says more") from None
