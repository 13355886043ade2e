"""How scripts run and end: Ctrl-C, missing packages, lack of memory, closed output."""

import atexit
import errno
import gc
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from hal_analysis.printing import printable

MIN_ADDRESS_SPACE = 500_000_000  # bytes; with less, NumPy and SciPy may not start
MIN_OPEN_FILES = 64  # fonts, traces and the pipes to a few processes
TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)
OUTPUT_ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EBADF)
# New objects between two garbage collections. There is little to collect, and the default of Python
# (700) takes 5 to 20% of the time; more than 10,000 saves little and takes memory.
GC_THRESHOLD = 10_000


def run_script(main: Callable[[], None]) -> NoReturn:
    """Run the main function of a script and exit.

    Ctrl-C ends the process at once with status 130. A missing package, a file that is not valid
    Python, a lack of memory or of file descriptors, and a full disk behind the output end it with
    one sentence and status 1. If the output is closed, as by ``| head``, the process ends quietly
    with status 1.
    """
    signal.signal(signal.SIGINT, _stop_immediately)
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # no work is left by then
    _prepare_output()
    _check_limits()
    gc.set_threshold(GC_THRESHOLD)
    # With several threads, OpenBLAS spends most of its time waiting: the matrices are small.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        main()
        sys.stdout.flush()
    except (ModuleNotFoundError, SyntaxError) as error:
        sys.exit(explain_import_error(error))
    except SystemExit as end:
        if isinstance(end.code, str):  # a sentence, which may contain names from traces
            sys.exit(printable(end.code))
        raise
    except BrokenPipeError:
        _discard_output()
        sys.exit(1)
    except (MemoryError, ImportError, OSError, RuntimeError) as error:
        sentence = _explain_lack_of_resources(error)
        if sentence is None:
            raise
        _discard_output()
        sys.exit(sentence)
    sys.exit()


def _prepare_output() -> None:
    """Replace closed outputs, and escape what the terminal cannot show."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:  # messages go to the output; no file may take the place of its number
        os.open(os.devnull, os.O_WRONLY)
        sys.stderr = sys.stdout
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name must not end a run.
        sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)


def _discard_output() -> None:
    """Let nothing that is still buffered fail when Python exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check_limits() -> None:
    """End the script if it may use less address space or fewer files than it needs to start.

    Libraries would be partly loaded, or wait for memory for ever.
    """
    try:
        import resource
    except ModuleNotFoundError:  # not on Windows
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if 0 <= limit < MIN_ADDRESS_SPACE:
        sys.exit(
            f"The address space is limited to {limit // 1_000_000} MB (ulimit -v), which is not "
            f"enough: allow at least {MIN_ADDRESS_SPACE // 1_000_000} MB."
        )
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= limit < MIN_OPEN_FILES:
        sys.exit(
            f"The number of open files is limited to {limit} (ulimit -n), which is not enough: "
            f"allow at least {MIN_OPEN_FILES}."
        )


def _explain_lack_of_resources(error: Exception) -> str | None:
    """Explain a lack of memory, threads, files or space in one sentence; else return None."""
    is_unmapped = isinstance(error, ImportError) and "failed to map segment" in str(error)
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or is_unmapped or number == errno.ENOMEM:
        return (
            "There is not enough memory: close other programs, raise the limit (ulimit -v), or "
            "analyse fewer traces."
        )
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "No more threads can start: raise the limits (ulimit -u, -v), or use fewer --jobs."
    if number in TOO_MANY_FILES:
        return "Too many files are open: raise the limit (ulimit -n), or use fewer --jobs."
    if isinstance(error, OSError) and error.filename is None and number in OUTPUT_ERRORS:
        return f"The output cannot be written ({error.strerror}): send it elsewhere."
    return None


def explain_import_error(error: ModuleNotFoundError | SyntaxError) -> str:
    """Return one sentence that says which package or line to fix."""
    if isinstance(error, ModuleNotFoundError):
        if error.name == "config":
            return "config.py is missing: restore it."
        return f"{error.name} is not installed: pip install -r requirements.txt."
    if str(error.filename).endswith("config.py"):
        from hal_analysis.config_source import find_missing_comma

        line = find_missing_comma(
            Path(str(error.filename)).read_text(encoding="utf-8", errors="replace")
        )
        if line:
            return (
                f"config.py, line {line}: a comma is missing at the end of this line; without it, "
                "Python joins two names."
            )
        return f"config.py, line {error.lineno}: {error.msg}."
    return f"{error.filename}, line {error.lineno}: {error.msg}."


def _stop_immediately(signum: int, frame: FrameType | None) -> None:
    """End this process and the processes that draw, without waiting for any `finally`."""
    # The module may not be imported, or its import may be the moment of the interruption.
    active_children = getattr(sys.modules.get("multiprocessing"), "active_children", list)
    for process in active_children():
        process.kill()
    os._exit(130)
