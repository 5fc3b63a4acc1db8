"""The garbage collector, kept from looking again and again at what is there to stay."""

import gc


def spare_what_stays() -> None:
    """Call this when a process is ready to work: what it has loaded by then is not looked at again.

    A full collection would otherwise go through all modules, models and routes, and everything stands still for
    about a tenth of a second.
    """
    gc.collect()
    gc.freeze()
