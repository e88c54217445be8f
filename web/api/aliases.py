"""A placement's public name: an animal or a plant and a number, which say nothing about the child.

It comes from the request's id, so that a request sent again gets the same one. If it is taken the next candidate is
tried; after many of them the numbers get a third digit. Words that are also given names are left out.
"""

import hashlib
from collections.abc import Iterator

WORDS = tuple(
    """
    Acorn Alder Almond Alpaca Anemone Apple Arbutus Aspen Aubretia Auk Azalea Badger Balsam Bamboo Barley Bay
    Beaver Beech Bilberry Birch Bison Bittern Bluebell Borage Bracken Bramble Brambling Bullfinch Bunting
    Burdock Buzzard Campion Cedar Celandine Chaffinch Chamois Chestnut Chicory Chiffchaff Clematis Coot
    Cormorant Cornflower Cowslip Crane Crocus Curlew Cypress Damson Dill Dipper Dock Dolphin Dormouse Dotterel
    Dove Dunlin Dunnock Eagle Egret Eider Elder Elm Falcon Fennel Fieldfare Finch Fir Firecrest Flax Foxglove
    Fulmar Gannet Garganey Gecko Gentian Ginkgo Godwit Goldcrest Goldfinch Goosander Gorse Goshawk Grebe
    Greylag Guillemot Hare Harebell Harrier Hawthorn Hedgehog Heron Honeybee Hornbeam Hyacinth Ibex Jackdaw
    Kestrel Kingfisher Kite Kittiwake Knapweed Koala Laburnum Lapwing Larch Larkspur Lavender Lemur Lichen
    Linden Linnet Lotus Lupin Lynx Mallard Mallow Maple Marjoram Marlin Marten Medlar Merganser Mimosa Mint
    Moorhen Moose Mulberry Nettle Nightjar Nuthatch Oak Ocelot Oleander Orchid Oriole Osprey Otter Ouzel Owl
    Panda Pear Peony Petrel Pine Pintail Pipit Plover Pochard Poplar Puffin Quail Quince Rail Redpoll Redshank
    Redstart Redwing Rook Sanderling Sandpiper Seal Sedge Shearwater Shelduck Shoveler Siskin Skylark Snipe
    Snowdrop Sorrel Sparrow Spruce Starling Stonechat Stork Swallow Swan Swift Sycamore Tamarisk Tapir Teal
    Tern Thistle Thrush Thyme Tulip Turnstone Twite Verbena Vetch Wagtail Walnut Warbler Waxwing Wheatear
    Whimbrel Whinchat Wigeon Wombat Woodcock Woodlark Yarrow Yew
    """.split()  # noqa: SIM905 - two hundred quoted words would be no easier to read
)

SHORT, LONG, UNCHECKED = (10, 90), (100, 900), (1000, 9000)
"""The first number, and how many there are."""

SHORT_TRIES, TRIES = 20, 200


def candidates(request_id: str) -> Iterator[str]:
    """The names a request may get, in the order in which they are tried."""
    for attempt in range(TRIES):
        yield _name(f"{request_id}|{attempt}", SHORT if attempt < SHORT_TRIES else LONG)


def unchecked(request_id: str) -> str:
    """The name a request gets while nobody can say which are taken: from a range so large that it is free."""
    return _name(request_id, UNCHECKED)


def _name(seed: str, numbers: tuple[int, int]) -> str:
    digest = hashlib.sha256(f"alias|{seed}".encode()).digest()
    word = WORDS[int.from_bytes(digest[:8], "big") % len(WORDS)]
    return f"{word}-{numbers[0] + int.from_bytes(digest[8:16], 'big') % numbers[1]}"
