"""How the scripts end: at Ctrl-C, where a package lacks, where nobody reads what they print.

Every script imports this module first, so that it holds while all others are imported; therefore
it imports next to nothing itself.
"""

import atexit
import io
import os
import signal
import sys


def reason(error):
    """What to say, in a sentence, of a package that lacks and of what is no Python; else None."""
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed: pip install -r requirements.txt."
    if isinstance(error, SyntaxError):  # mostly a comma that lacks in config.py
        return f"{error.filename}, line {error.lineno} or before: {error.msg}."
    return None


def _stop(*_):
    """End at Ctrl-C, at once, with all processes that draw; no `finally` has to be waited for."""
    for process in getattr(sys.modules.get("multiprocessing"), "active_children", list)():
        process.kill()
    os._exit(130)


def _explain(kind, error, traceback):
    """Show an error that ends a script: in a sentence where that says it all."""
    if isinstance(error, BrokenPipeError):  # who read what is printed has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    elif sentence := reason(error):
        print(sentence, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


def _folder_of(script):
    return os.path.realpath(script).rpartition(os.sep)[0]


if _folder_of(sys.argv[0]) == _folder_of(__file__):
    signal.signal(signal.SIGINT, _stop)
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # all is done by then
    sys.excepthook = _explain
if isinstance(sys.stdout, io.TextIOWrapper):
    # A screen or file that cannot show a letter gets its code; a name must not end the run.
    sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
