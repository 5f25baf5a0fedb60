"""What a supervisor knows of a process: whether it is wanted, and when to start it again."""

import time

_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_AFTER = 0.1, 5.0, 10.0


class Part:
    """A child process, started again after a pause that doubles while it does not stay up."""

    def __init__(self, child):
        self.child = child
        self.wanted = True
        self.was_ready = False
        self.failed_at_start = False
        self.restarts = 0
        self._started = 0.0
        self._pause = _FIRST_PAUSE
        self._again_at = None

    def start(self):
        self.child.start()
        self._started = time.monotonic()
        self._again_at = None

    def rest(self):
        """Tries again after the longest pause."""
        self._again_at = time.monotonic() + _LONGEST_PAUSE

    def mend(self, report):
        if not self.wanted or self.child.exit_code() is None:
            return
        now = time.monotonic()
        if self._again_at is None:
            if now - self._started > _STEADY_AFTER:
                self._pause = _FIRST_PAUSE
            self._again_at = now + self._pause
            self.failed_at_start = not self.was_ready
            report(f"exited with {self.child.exit_code()}; started again in {self._pause:.1f} s")
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        elif now >= self._again_at:
            self.restarts += 1
            self.start()
