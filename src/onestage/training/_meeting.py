"""Where the processes of one attempt meet."""

from __future__ import annotations

import time
from uuid import uuid4

from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous

_LOOK_AGAIN = 0.01  # seconds


def meeting_place() -> tuple[Store, int, int]:
    """A store that is empty in every attempt, this process's rank, and the number of processes.

    torchrun keeps one store over its restarts (pytorch/pytorch#135712), and with it the addresses
    of processes that were killed: those that come after them would wait for the dead.
    """
    store, rank, size = next(rendezvous("env://"))
    return PrefixStore(agreed_name(store, rank, size), store), rank, size


def agreed_name(store: Store, rank: int, size: int) -> str:
    """A name that all living processes know, and none that is dead.

    Attempts cannot be counted, since each machine's agent counts its own. So the first process
    gives the name, and answers each of the others under what only a living one can have said.
    """
    me = uuid4().hex
    if rank:
        store.set(f"onestage/{rank}", me)
        name = store.get(f"onestage/{me}").decode()
        store.set(f"onestage/{name}/{rank}", "here")
        return name
    away = set(range(1, size))
    while away:
        for other in away:  # what a dead one has said is answered as well, to nobody
            store.set(f"onestage/{store.get(f'onestage/{other}').decode()}", me)
        time.sleep(_LOOK_AGAIN)
        away = {other for other in away if not store.check([f"onestage/{me}/{other}"])}
    return me
