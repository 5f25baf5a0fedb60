"""What each service of the suite is told of its neighbours, as settings."""

# Who reads whose change feed: the flag that takes the other's address has its name.
_READS = {
    "events": ["organisations"],
    "notifications": ["events", "organisations", "proposals"],
    "proposals": ["organisations"],
}
# One program plays everybody here, and staff do in a minute what takes them months.
PATIENT = [
    "--caller-rate=5000",
    "--caller-burst=20000",
    "--caller-calls=1000",
    "--organisation-rate=1000",
]
_NOBODY = "127.0.0.1:9"
_SENDER = "--smtp-from=Scharnier <scharnier@example.org>"
# Where the links in mails lead; behind the #, no server is told the token.
_LINKS = [
    "--registration-link=https://loket.example.org/inschrijving#{token}",
    "--invitation-link=https://loket.example.org/uitnodiging#{token}",
    "--mandate-link=https://loket.example.org/machtiging#{token}",
]


def of_neighbours(service, addresses, relay):
    """Where the services are whose feeds it reads, and the relay, for who mails. What does not run
    is nobody; a relay may be None."""
    flags = [f"--{other}={addresses.get(other, _NOBODY)}" for other in _READS.get(service, [])]
    if service == "notifications":
        flags += [f"--smtp-url=smtp://{relay or _NOBODY}", _SENDER, *_LINKS]
    return flags
