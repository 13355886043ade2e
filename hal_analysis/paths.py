"""Locations of the project's files, and atomic writing."""

import hashlib
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

import config

ROOT = Path(__file__).resolve().parent.parent

_written: dict[Path, bytes] = {}  # hashes of the files that this process wrote


def resolve(path: str | Path) -> Path:
    """Return a path of `config.py` as an absolute path."""
    return ROOT / Path(path).expanduser()


def table_path(name: str) -> Path:
    """Return the path of a file in the folder of tables."""
    return resolve(config.TABLES_DIR) / name


def report_path() -> Path:
    """Return the path of the report, next to the folder of the figures."""
    return resolve(config.FIGURES_DIR).parent / "report.html"


def display_path(path: Path) -> Path:
    """Return a path for messages: relative in the project's folder if scripts run there."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) and Path.cwd() == ROOT else path


def shorten(text: str, width: int = 88) -> str:
    """Cut a line for the screen; the complete text is in a file."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def shorten_middle(text: str, width: int) -> str:
    """Leave out the middle of a name that is too long."""
    if len(text) <= width:
        return text
    n_last = 2 * width // 5
    return f"{text[: width - 1 - n_last].rstrip()}…{text[-n_last:].lstrip()}"


def write_file(path: Path, content: Iterable[bytes]) -> None:
    """Write blocks of bytes to a file, completely or not at all, creating its folder if needed.

    The content is written to a hidden temporary file in the same folder, which replaces the target
    once it is on the disk. A killed run or a power failure therefore leaves the target either old
    or new. The name of the temporary file contains the host name and the process ID, so the next
    run removes it if, and only if, its writer is gone.

    Raises
    ------
    SystemExit
        With one sentence, if the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{socket.gethostname()}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                digest = hashlib.blake2b()
                for block in content:
                    file.write(block)
                    digest.update(block)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        _written[path] = digest.digest()
        _remove_leftovers(target)
    except OSError as error:
        hint = "free some space or make the folder writable, then run again"
        if isinstance(error, (FileExistsError, IsADirectoryError, NotADirectoryError)):
            hint = "remove what is in its place, or choose another folder"
        sys.exit(f"{display_path(path)} cannot be written ({error.strerror}): {hint}.")


def is_changed(path: Path) -> bool:
    """Return whether a file is not as this process has written it."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").digest() != _written[path]


def _remove_leftovers(target: Path) -> None:
    """Remove temporary files of a target whose writers were killed on this machine."""
    for leftover in target.parent.glob(f".{target.name}.{socket.gethostname()}.*.part"):
        pid = leftover.name.split(".")[-2]
        if pid.isdecimal() and not is_running(int(pid)):
            leftover.unlink(missing_ok=True)


def is_running(pid: int) -> bool:
    """Return whether a process of this machine exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
