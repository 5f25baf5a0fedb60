"""What other teams may do (scharnier.identity.v1.Grants), as a file that every service watches."""

import json

from deploy.local.authority import replace

# Everything that a team can be granted, until after anybody's time.
EVERYTHING = {
    "resources": [
        "events/changes",
        "notifications/changes",
        "organisations",
        "organisations/changes",
        "proposals",
        "proposals/changes",
        "registrations",
    ],
    "fields": ["DATA_PERSONAL"],
    "for_people": True,
    "end_date": {"year": 2999, "month": 12, "day": 31},
}
_TEAMS = ("dashboard", "portaal", "reporting")


class Grants:
    """The file; teams of the demonstration have everything at first."""

    def __init__(self, path):
        self.path = path
        self._grants = {team: EVERYTHING for team in _TEAMS}
        self._write()

    def give(self, team, **grant):
        """Replaces a team's grant; what is left out is as in EVERYTHING."""
        self._grants[team] = EVERYTHING | grant
        self._write()

    def take(self, team):
        """Leaves a team without any."""
        del self._grants[team]
        self._write()

    def _write(self):
        grants = [{"team": team, **grant} for team, grant in self._grants.items()]
        replace(self.path, json.dumps({"grants": grants}).encode())
