"""What happens when: one list over all programmes, and the one clock that it moves."""

import datetime
import heapq
import itertools

from tests.programmes.facts import BRUSSELS

HALF_A_DAY = datetime.timedelta(hours=12)


class Agenda:
    """Actions by moment, those of one moment in the order in which they were put down.

    `set_clock` moves the suite's time; `tell` takes lines of progress.
    """

    def __init__(self, set_clock, tell):
        self._set_clock = set_clock
        self._tell = tell
        self._actions = []
        self._order = itertools.count()
        self.now = None

    def at(self, moment, action):
        """Puts an action down."""
        heapq.heappush(self._actions, (moment, next(self._order), action))

    def run(self, settle):
        """Does everything; actions may put down later ones.

        `settle` waits until the suite has done what follows from all that happened so far. It is
        called before time would be half a day past anything of which that is not certain, so that
        nothing follows later than that by the suite's clock.
        """
        unsettled_since = None
        while self._actions:
            moment, _, action = heapq.heappop(self._actions)
            if unsettled_since is None:
                unsettled_since = moment
            elif moment - unsettled_since >= HALF_A_DAY:
                settle()
                unsettled_since = moment
            if moment != self.now:
                self.now = moment
                self._set_clock(moment)
            action()

    def progress(self, text):
        """Tells what has happened just now."""
        self._tell(f"{self.now.astimezone(BRUSSELS):%Y-%m-%d %H:%M}  {text}")
