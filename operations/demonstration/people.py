"""Who lives in the demo world: colleagues, companies and the people in them. All invented."""

from dataclasses import dataclass

from operations import contacts, people
from operations.contacts import NewContact
from operations.house import House
from operations.people import NewPerson

DOMAIN = "sluice.example"

COLLEAGUES = (
    NewPerson(
        email=f"nora.lindqvist@{DOMAIN}",
        name="Nora Lindqvist",
        zone="Europe/Stockholm",
        country="SE",
        groups=("sales-lead",),
    ),
    NewPerson(
        email=f"tomasz.wilk@{DOMAIN}",
        name="Tomasz Wilk",
        zone="Europe/Warsaw",
        country="PL",
        manager=f"nora.lindqvist@{DOMAIN}",
    ),
    NewPerson(
        email=f"aylin.demir@{DOMAIN}",
        name="Aylin Demir",
        zone="Europe/Istanbul",
        country="TR",
        manager=f"nora.lindqvist@{DOMAIN}",
    ),
    NewPerson(
        email=f"grace.okafor@{DOMAIN}",
        name="Grace Okafor",
        zone="Europe/London",
        country="GB",
        manager=f"nora.lindqvist@{DOMAIN}",
    ),
    NewPerson(
        email=f"ravi.patel@{DOMAIN}",
        name="Ravi Patel",
        zone="Europe/London",
        country="GB",
        groups=("customer-success",),
    ),
)

REPS = tuple(one.email for one in COLLEAGUES[1:4])

COMPANIES: tuple[tuple[str, str, str, str], ...] = (
    ("Harbour Light Clinics", "harbourlight.example", "Europe/London", "GB"),
    ("Brezina Brewing", "brezina.example", "Europe/Prague", "CZ"),
    ("Tallow & Finch", "tallowfinch.example", "Europe/London", "GB"),
    ("Kuusi Timber", "kuusi.example", "Europe/Helsinki", "FI"),
    ("Solana Bikes", "solanabikes.example", "Europe/Madrid", "ES"),
    ("Delta Green Logistics", "deltagreen.example", "Europe/Amsterdam", "NL"),
    ("Papillon Patisserie", "papillon.example", "Europe/Paris", "FR"),
    ("Nordlys Energy", "nordlys.example", "Europe/Oslo", "NO"),
    ("Ankara Ceramics", "ankaraceramics.example", "Europe/Istanbul", "TR"),
    ("Quartz & Quill", "quartzquill.example", "Europe/Dublin", "IE"),
    ("Baltic Sails", "balticsails.example", "Europe/Warsaw", "PL"),
    ("Rosehip Hotels", "rosehip.example", "Europe/London", "GB"),
    ("Fjordfisk", "fjordfisk.example", "Europe/Oslo", "NO"),
    ("Orchard Analytics", "orchard.example", "Europe/Berlin", "DE"),
    ("Lumen Theatre", "lumentheatre.example", "Europe/London", "GB"),
    ("Vasarely Print", "vasarely.example", "Europe/Budapest", "HU"),
    ("Copperfield Schools", "copperfield.example", "Europe/London", "GB"),
    ("Alpine Motion", "alpinemotion.example", "Europe/Zurich", "CH"),
    ("Saffron Foods", "saffronfoods.example", "Europe/Lisbon", "PT"),
    ("Mistral Instruments", "mistral.example", "Europe/Paris", "FR"),
)

FIRST = tuple(
    "Ada Bela Carla Dilan Emil Freya Goran Hanna Ivo Jana "  # noqa: SIM905 (reads as a list)
    "Kofi Lena Marek Noor Oskar Petra Quentin Rosa Stefan Thea".split()
)
LAST = tuple(
    "Novak Berg Costa Dvorak Evans Fischer Garcia Holm Ilves Jansen "  # noqa: SIM905
    "Kaya Larsen Moreau Nagy Olsen Petrov Rossi Silva Toth Virtanen".split()
)

PRODUCTS = (
    ("Harvest planner", 4_800),
    ("Booking desk", 12_500),
    ("Fleet care", 28_000),
    ("Shop window", 2_400),
    ("Ward rounds", 41_000),
)


@dataclass(frozen=True)
class Guest:
    """A contact of the demo world."""

    contact_id: str
    company: str
    first_name: str


def settle_in(house: House, count: int, actor: str) -> tuple[dict[str, str], list[Guest]]:
    """Add colleagues (id by address) and `count` contacts; again it changes nothing."""
    staff = {one.email: people.add(house, one, actor=actor).person_id for one in COLLEAGUES}
    return staff, [_guest(house, number, actor) for number in range(count)]


def _guest(house: House, number: int, actor: str) -> Guest:
    company, domain, zone, country = COMPANIES[number % len(COMPANIES)]
    first = FIRST[number % len(FIRST)]
    last = LAST[(number * 7 + number // len(FIRST)) % len(LAST)]
    wanted = NewContact(
        email=f"{first}.{last}@{domain}".lower(),
        name=f"{first} {last}",
        zone=zone,
        country=country,
        account=company,
        source="demo",
        consents=("marketing:asked-for-news",),
    )
    added = contacts.add(house, wanted, actor=actor)
    return Guest(added.contact_id, company, first)
