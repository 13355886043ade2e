"""What stage 1 has read before: the figures of unchanged traces, kept beside the dataset.

A file is unchanged while its path, size and time of modification are. The figures are those of
`traces.run_figures`, names as found, so an edit in config.py shows without reading a trace again.
"""

import hashlib
import json
import sys

import config
import files

CACHE = "trace_cache.json"
READERS = ["encrypted", "json_stream", "names", "traces"]  # the modules that figures come from


def load():
    """Read the cache.

    A digest over the entries and over the code of `READERS` stands in the file. Where it does not
    fit, the file is damaged or edited, or the code is another; then a line says so.

    Returns
    -------
    dict
        For each trace, by its path, inside the project from the project's folder on, a dict of its
        `state` and `figures`. Empty without a file that can be trusted.
    """
    path = files.path_of(CACHE)
    try:
        cache = json.loads(path.read_bytes())
        if cache["digest"] == _digest(cache["traces"]):
            return cache["traces"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        pass
    print(
        f"{files.shown(path)} is damaged or of another version: every trace is read anew.",
        file=sys.stderr,
    )
    return {}


def unchanged(cache, path, state):
    """The figures that the cache has for a file in its present state, or None."""
    entry = cache.get(str(files.shown(path)))
    return entry["figures"] if entry and entry["state"] == state else None


def save(cache, folder, read):
    """Write the cache: what it has of other folders, and the traces of this one.

    Parameters
    ----------
    cache : dict
        As `load` gave it.
    folder : Path
        The folder whose traces were read.
    read : dict of Path to (state, figures)
        All its usable traces, their states as they were before they were read.
    """
    elsewhere = {
        name: entry
        for name, entry in cache.items()
        if not (config.ROOT / name).is_relative_to(folder)
    }
    here = {
        str(files.shown(path)): {"state": state, "figures": figures}
        for path, (state, figures) in read.items()
    }
    cache = {"digest": _digest(elsewhere | here), "traces": elsewhere | here}
    files.write_file(files.path_of(CACHE), json.dumps(cache, sort_keys=True).encode() + b"\n")


def state_of(path):
    """Size in bytes and time of modification in ns of a file, or None if it cannot be had."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _digest(entries):
    digest = hashlib.sha256(json.dumps(entries, sort_keys=True).encode())
    for reader in READERS:
        digest.update((config.ROOT / f"{reader}.py").read_bytes())
    return digest.hexdigest()
