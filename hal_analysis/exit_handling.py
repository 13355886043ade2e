"""How scripts end: on Ctrl-C, on a missing package, on a syntax error, on a closed pipe."""

import atexit
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn


def run_script(main: Callable[[], None]) -> NoReturn:
    """Run the main function of a script and exit.

    Ctrl-C ends the process at once with status 130. A missing package and a file that is not valid
    Python end it with one sentence and status 1. If the output is closed, as by ``| head``, the
    process ends quietly with status 1.
    """
    signal.signal(signal.SIGINT, _stop_immediately)
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # no work is left by then
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Characters that the terminal cannot show are escaped; a name must not end a run.
        sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
    try:
        main()
        sys.stdout.flush()
    except (ModuleNotFoundError, SyntaxError) as error:
        sys.exit(explain_import_error(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit()


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
