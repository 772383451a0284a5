import time
from concurrent.futures import ThreadPoolExecutor

from torch.distributed import HashStore

from onestage.training._meeting import agreed_name


def meet(store, size, late=None):
    """The name that each of the processes of one attempt comes by."""

    def process(rank):
        if rank == late:
            time.sleep(0.1)  # until the first one has answered whom it finds
        return agreed_name(store, rank, size)

    with ThreadPoolExecutor(size) as threads:
        return list(threads.map(process, range(size)))


def test_each_attempt_has_a_name_of_its_own_that_all_know():
    store = HashStore()
    names = [set(meet(store, size)) for size in (3, 3, 2, 4)]
    assert all(len(name) == 1 for name in names)
    assert len(set.union(*names)) == 4


def test_what_processes_said_that_were_killed_amid_it_misleads_nobody():
    store = HashStore()
    (before,) = set(meet(store, 3))
    store.set("onestage/1", "killed before it was answered")
    store.set("onestage/2", "killed after it was answered")
    store.set("onestage/killed after it was answered", before)
    for late in (1, 2):
        (name,) = set(meet(store, 3, late))
        assert name != before
