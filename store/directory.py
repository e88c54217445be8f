"""The directory: homes, authorities, people, and who hears of whom."""

from store.authorities import Authorities, Authority
from store.contact_news import ContactEvents
from store.duty_contacts import DutyContacts
from store.geography import Loading
from store.homes import Home, Homes
from store.people import HeldRole, People, Person, PersonContact
from store.resolution import Resolution

__all__ = ["Authority", "Directory", "HeldRole", "Home", "Person", "PersonContact"]


class Directory(Homes, Authorities, People, ContactEvents, Resolution, DutyContacts, Loading):
    """Everything about homes, authorities and people, in one place for those who ask."""
