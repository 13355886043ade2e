"""Drawing in several processes, or in one if no others can start."""

import gc
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from threading import Thread

from tqdm import tqdm

import config


def draw_in_processes(draw: Callable[[str], None], names: list[str]) -> None:
    """Call a function that draws and writes one figure for each name, in several processes.

    Without shared memory, or if a limit keeps processes from starting, this process draws.

    Parameters
    ----------
    draw : callable
        A function of a module, so that other processes can import it.
    names : list of str
        Names of the figures; the slowest come first.

    Raises
    ------
    SystemExit
        With one sentence, if a process was killed, or if `draw` ends with one.
    """
    # On Linux, processes start as copies of this one, with all modules imported.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    settings = {name: value for name, value in vars(config).items() if name.isupper()}
    try:
        executor = ProcessPoolExecutor(
            mp_context=context, initializer=_start_process, initargs=(settings,)
        )
        futures = [executor.submit(_draw_in_worker, draw, name) for name in names]
    except (ImportError, OSError, RuntimeError):  # no semaphores, pipes, processes or threads
        for process in multiprocessing.active_children():
            process.kill()
        _draw_here(draw, names)
        return
    try:
        finished = as_completed(futures)
        for future in tqdm(finished, "figures", len(futures), leave=False, disable=None):
            if sentence := future.result():
                sys.exit(sentence)
    except BrokenProcessPool:
        sys.exit(
            "A process that draws figures was killed, possibly for lack of memory: free some "
            "memory, then run visualizations.py again."
        )
    finally:
        executor.shutdown(cancel_futures=True)


def _draw_in_worker(draw: Callable[[str], None], name: str) -> str | None:
    """Draw in a worker process; return the sentence of a `SystemExit`.

    Once Dask is imported, exceptions are pickled by tblib, which drops the sentence.
    """
    try:
        draw(name)
    except SystemExit as end:
        return str(end.code)
    return None


def _draw_here(draw: Callable[[str], None], names: list[str]) -> None:
    with warnings.catch_warnings():
        _ignore_missing_glyphs()
        for name in tqdm(names, "figures", leave=False, disable=None):
            draw(name)


def _start_process(settings: dict[str, object]) -> None:
    """Prepare a process that draws figures: its settings, its warnings and its end."""
    gc.freeze()  # the modules live as long as the process
    vars(config).update(settings)
    _ignore_missing_glyphs()
    Thread(target=_exit_with_parent, daemon=True).start()


def _ignore_missing_glyphs() -> None:
    """Ignore the warning for each character that no font has, which is drawn as a box."""
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")


def _exit_with_parent() -> None:
    """End this process when the process that started it ends, even if that one was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
