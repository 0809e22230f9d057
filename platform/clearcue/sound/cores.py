"""Do independent jobs on two cores, and hand on their results in the order of the jobs.

Which thread does a job, and when, changes nothing in its result: the compiled loops and the
transforms let go of the interpreter's lock, and no two jobs write to the same place.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_AT_ONCE = 2
_Result = TypeVar("_Result")


def in_order(jobs: Sequence[Callable[[], _Result]]) -> Generator[_Result, None, None]:
    """The jobs' results in their order, whichever ends first; two are ahead of what is asked for.

    An error of a job is raised where its result would be; what has not begun then never does.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ahead: deque[Future[_Result]] = deque()
        waiting = iter(jobs)
        try:
            ahead.extend(pool.submit(job) for job in islice(waiting, _AT_ONCE))
            while ahead:
                result = ahead.popleft().result()
                ahead.extend(pool.submit(job) for job in islice(waiting, 1))
                yield result
                del result
        finally:
            pool.shutdown(cancel_futures=True)
