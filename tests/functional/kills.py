"""Killing services while somebody works, and what must hold of the mails in the end."""

import concurrent.futures
import time

from tests.programmes import pb

_ACCEPTED = pb.message.Message.STATE_ACCEPTED
_IN_DOUBT = pb.message.Message.STATE_IN_DOUBT


def kill_during(work, scene, victims, chance):
    """Runs `work` in a thread and meanwhile kills the services named, one after another, at random
    moments. Returns when both are done; raises what `work` did."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        for service in victims:
            time.sleep(chance.uniform(0.05, 0.6))
            scene.stack.kill9(service)
            scene.stack.wait_ready(service)
        working.result()


def check_mails(mailbox, messages):
    """None is lost, and none came more often than doubts allow. `messages`: (id, state, doubts)."""
    accepted = {
        message_id.strip("<>").partition("@")[0]: count
        for message_id, count in mailbox.count_by_message_id().items()
    }
    for identifier, state, doubts in messages:
        times = accepted.get(identifier, 0)
        assert state in (_ACCEPTED, _IN_DOUBT), f"{identifier} is in state {state}"
        assert times <= 1 + doubts, f"{identifier} was accepted {times} times"
        assert times >= 1 or state == _IN_DOUBT, f"{identifier} was lost"
