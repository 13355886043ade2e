"""Where the files of the project lie, and how they are written."""

import os
import secrets
import sys
from pathlib import Path

import config

ATTEMPTS = 100  # to write a file, with other runs writing it too


def folder(path):
    """A folder of config.py as an absolute path."""
    return config.ROOT / Path(path).expanduser()


def path_of(name):
    """Path of a file in the folder of tables."""
    return folder(config.TABLES_DIR) / name


def shown(path):
    """A path for messages: from the project's folder on where it lies inside."""
    return path.relative_to(config.ROOT) if path.is_relative_to(config.ROOT) else path


def write_file(path, content):
    """Write a file whole or not at all, its folder made if need be, or end with one sentence.

    The bytes go to a hidden file beside it, which then takes its place. So a run that is killed
    leaves the file as it was or as it shall be, and the next that writes it removes what is left
    over. That may be the hidden file of another run, alive: which then writes it once more.
    """
    target = Path(os.path.realpath(path))
    try:
        for attempt in range(1, ATTEMPTS + 1):
            part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                part.write_bytes(content)
                part.replace(target)
                break
            except FileNotFoundError:
                if attempt == ATTEMPTS:
                    raise
            finally:
                part.unlink(missing_ok=True)
        for left_over in target.parent.glob(f".{target.stem}.*.part"):
            left_over.unlink(missing_ok=True)
    except OSError as error:
        sys.exit(
            f"{shown(path)} cannot be written ({error.strerror}): make room there, or the folder "
            "writable, and run again."
        )
