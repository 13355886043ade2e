"""Interference with scripts, placed by events and not by time. Only Linux has what this needs."""

import _multiprocessing
import atexit
import contextlib
import ctypes
import errno
import os
import resource
import signal
import sys
import time
from pathlib import Path

DEADLINE = 60  # seconds after which a test fails instead of waiting forever

# Python imports the module `sitecustomize` before it runs a script.
SITE = """\
import sys
sys.path.append({tests!r})
import process_tools
process_tools.{call}
sys.path.remove({tests!r})
"""


def signal_at(folder, event, name, number=signal.SIGINT, to_group=False):
    """Return an environment in which a script sends a signal to itself at an event.

    Parameters
    ----------
    folder : Path
        An empty folder for a module that the script imports.
    event : str
        One of Python's audit events "import", "open" and "os.rename" (of the target, which is
        replaced), or "exit".
    name : str
        Name of the module or file of the event.
    number : Signals
    to_group : bool
        Whether all processes of the script get the signal, as from Ctrl-C in a terminal, or only
        the first one. The script must be started with `start_new_session=True`.
    """
    return _environment(folder, f"_install_signal({event!r}, {name!r}, {number:d}, {to_group})")


def fill_disk(folder):
    """Return an environment in which a script cannot write more than 50 bytes to a file."""
    return _environment(folder, "_limit_file_size(is_fatal=False)")


def kill_after_50_bytes(folder):
    """Return an environment in which a script is killed after 50 bytes written to a file."""
    return _environment(folder, "_limit_file_size(is_fatal=True)")


@contextlib.contextmanager
def file_size_limit(size):
    """Let writes of this process beyond a number of bytes of a file fail."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def obey_permissions(folder):
    """Return an environment in which a script obeys file permissions even if root runs it."""
    return _environment(folder, "_drop_capabilities()")


def refuse_semaphores(folder, error_number):
    """Return an environment in which a script gets an error for each semaphore.

    This is what Python does if /dev/shm is missing (ENOENT), read-only (EROFS) or closed (EACCES).
    """
    return _environment(folder, f"_refuse_semaphores({error_number:d})")


def refuse_forks(folder):
    """Return an environment in which a script can start one process, as at the limit of a user."""
    return _environment(folder, "_refuse_forks()")


def wait_until(condition):
    """Wait until a function returns a true value, and return this value."""
    deadline = time.monotonic() + DEADLINE
    while not (value := condition()):
        assert time.monotonic() < deadline, "the event did not happen"
        time.sleep(0.01)
    return value


def processes_of(project):
    """Return the IDs of the processes whose command line contains the project's folder."""
    pids = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # the process has ended
            continue
        if f"{project.folder}\0".encode() in command:
            pids.append(int(path.parent.name))
    return pids


def _environment(folder, call):
    tests = str(Path(__file__).parent)
    (folder / "sitecustomize.py").write_text(SITE.format(tests=tests, call=call))
    # Byte code would also be written to files.
    return os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def _install_signal(event, name, number, to_group):
    main_pid = os.getpid()

    def send():
        (os.killpg if to_group else os.kill)(main_pid, number)

    if event == "exit":
        atexit.register(send)
        return
    position = 1 if event == "os.rename" else 0  # of the target, the file or the module

    def hook(audit_event, args):
        if audit_event == event and str(args[position]).rpartition("/")[2] == name:
            send()

    sys.addaudithook(hook)


def _limit_file_size(is_fatal):
    if is_fatal:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))


def _refuse_semaphores(error_number):
    class Refused(_multiprocessing.SemLock):
        def __new__(cls, *args):
            raise OSError(error_number, os.strerror(error_number))

    _multiprocessing.SemLock = Refused


def _refuse_forks():
    n_forks = 0

    def hook(audit_event, args):
        nonlocal n_forks
        n_forks += audit_event == "os.fork"
        if audit_event == "os.fork" and n_forks > 1:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    sys.addaudithook(hook)


def _drop_capabilities():
    """Drop CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, which let root ignore permissions."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 bits
    assert libc.capget(header, sets) == 0
    for i in (0, 1):
        sets[i] &= ~0b110
    assert libc.capset(header, sets) == 0
