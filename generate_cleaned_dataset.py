"""Stage 1. One row a run, from a folder of traces.

Reads     *.json and encrypted *.zip in DATA_DIR and its subfolders; what has not changed since the
          last run comes from data/trace_cache.json
Computes  short names of scaffold and model, accuracy, cost, latencies and their mean
Writes    data/cleaned_all_metrics.csv, one row a run in the order of the files' paths, and
          data/skipped_traces.csv, the files that give no run
"""

import endings

import json
import logging
import math
import os
import sys
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pandas as pd
from tqdm import tqdm

import command_line
import config
import files
import names
import tables
import trace_cache
import traces

ENDINGS = (".json", ".zip")
SECONDS_BETWEEN_SAVES = 30  # of the cache, so that a run that is killed was not all in vain
DASK_SECONDS = 10  # to wait for the scheduler of a Dask cluster


def main(data_dir=None, jobs=None, dask=None, use_cache=True, strict=False):
    folder = files.folder(data_dir or config.DATA_DIR)
    found = find_traces(folder)
    outcomes, unchanged = read_runs(found, folder, jobs, dask, use_cache)
    skipped = [skip for *_, in_vain in outcomes for skip in in_vain]
    skipped_table = write_skipped(skipped, folder)
    runs = pd.DataFrame(dataset_row(path, figures) for path, figures, _ in outcomes if path)
    number = sum(map(len, found))
    first_skip = f"{_name(skipped[0][0], folder)} because: {skipped[0][1]}" if skipped else ""
    if strict and skipped:
        sys.exit(
            f"{len(skipped)} of {number} files in {folder} give no run (--strict), {first_skip}; "
            f"{skipped_table} has all reasons: mend or remove these files, or leave --strict out."
        )
    if runs.empty:
        sys.exit(
            f"No trace in {folder} ({number}) is usable, {first_skip}; {skipped_table} has all "
            "reasons."
        )
    kept = runs.loc[names.included(runs.model_name_short, runs.agent_name_short)]
    if kept.empty:
        sys.exit(
            f"Every usable run in {folder} ({len(runs)}) is left out by EXCLUDED_MODELS or "
            "EXCLUDED_AGENTS in config.py: shorten these lists."
        )
    dataset_table = tables.write_table(kept, tables.DATASET)
    return (
        f"traces in {files.shown(folder)} ({unchanged} unchanged): {number} files = "
        f"{len(kept)} runs + {len(runs) - len(kept)} excluded by config.py + "
        f"{len(skipped)} skipped + {count_second_copies(found, outcomes)} second copies → "
        f"{dataset_table}, {skipped_table}"
    )


def find_traces(folder):
    """Find the runs in a folder and its subfolders; what begins with a dot is not looked at.

    Returns
    -------
    list of list of Path
        The files of each run, in the order of their paths. A run has two where it lies in a folder
        both plain and as zip under one name; the plain one comes first.
    """
    files = sorted(_files(folder))
    copies = {path.with_suffix(""): [] for path in files}
    for path in files:
        copies[path.with_suffix("")].append(path)
    runs = []
    for same_name in copies.values():
        zips = [path for path in same_name if path.suffix.lower() == ".zip"]
        plain = [path for path in same_name if path not in zips]
        runs += [plain + zips] if len(plain) == len(zips) == 1 else [[path] for path in same_name]
    return sorted(runs)


def count_second_copies(found, outcomes):
    """Files that nobody had to read, since another one of their run was usable."""
    return sum(
        len(copies) - copies.index(path) - 1
        for copies, (path, *_) in zip(found, outcomes, strict=True)
        if path
    )


def read_runs(found, folder, jobs, dask, use_cache):
    """Read the runs found, but for those that the cache has unchanged, and renew the cache.

    Returns
    -------
    tuple
        What `traces.read_run` gives for each run, in the order of `found`, and how many of them
        came from the cache.
    """
    cache = trace_cache.load() if use_cache else {}
    states = {path: trace_cache.state_of(path) for copies in found for path in copies}
    outcomes = {}
    for number, (path, *_) in enumerate(found):
        if figures := trace_cache.unchanged(cache, path, states[path]):
            outcomes[number] = path, figures, []
    unchanged = len(outcomes)
    unread = [number for number in range(len(found)) if number not in outcomes]

    def keep():
        usable = (outcome for outcome in outcomes.values() if outcome[0])
        read = {path: (states[path], figures) for path, figures, _ in usable}
        trace_cache.save(cache, folder, read)

    kept_at = time.monotonic()
    try:
        with side_by_side(jobs, dask) as executor:
            futures = {executor.submit(traces.read_run, found[number]): number for number in unread}
            done = as_completed(futures)
            for future in tqdm(done, "traces", len(unread), unit="run", leave=False, disable=None):
                outcomes[futures[future]] = future.result()
                if time.monotonic() - kept_at > SECONDS_BETWEEN_SAVES:
                    keep()
                    kept_at = time.monotonic()
    finally:
        keep()
    return [outcomes[number] for number in range(len(found))], unchanged


@contextmanager
def side_by_side(jobs, dask):
    """Executor to read traces on: threads here, or the workers of a Dask cluster.

    Threads do, since Python lets others run while it waits for the disk, inflates and derives keys.
    """
    if dask:
        try:
            with _dask_client(dask) as client:
                yield client.get_executor(pure=False)
        except CancelledError:
            sys.exit(f"Reading on the Dask cluster at {dask} failed: the scheduler is gone.")
        except Exception as error:  # whatever the cluster hands on
            sys.exit(f"Reading on the Dask cluster at {dask} failed: {error!r}.")
        return
    executor = ThreadPoolExecutor(jobs or os.cpu_count())
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def write_skipped(skipped, folder):
    """Write the table of (path, reason) pairs; return what to call it on the screen."""
    rows = [(_name(path, folder), reason) for path, reason in skipped]
    return tables.write_table(pd.DataFrame(rows, columns=["file", "reason"]), "skipped_traces.csv")


def dataset_row(path, figures):
    """A row of the dataset: figures, short names, the mean latency in seconds.

    A trace without a run_id is known by the name of its file.
    """
    latencies = figures["latencies"]
    return figures | {
        "run_id": figures["run_id"] or _name(path, path.parent).removesuffix(path.suffix),
        "agent_name_short": names.scaffold_name(figures["agent_name"]),
        "model_name_short": names.model_name(figures["model"], figures["effort"]),
        "latencies_per_task": json.dumps(latencies),
        "mean_latency": math.fsum(latencies) / len(latencies) if latencies else None,
    }


def _files(folder):
    """All files that end like traces, and folders that do or that cannot be listed."""
    way_out = "set DATA_DIR in config.py, or --data-dir, to the folder of traces"
    found, unlisted, entered = [], [], set()
    for parent, folders, others in os.walk(folder, onerror=unlisted.append, followlinks=True):
        real = os.path.realpath(parent)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        shown = sorted(name for name in folders + others if not name.startswith("."))
        traces_here = [name for name in shown if name.lower().endswith(ENDINGS)]
        found += [Path(parent, name) for name in traces_here if name != trace_cache.CACHE]
        folders[:] = [name for name in shown if name in folders and name not in traces_here]
    for error in unlisted:
        if error.filename == str(folder):
            sys.exit(f"{folder} cannot be read ({error.strerror}): {way_out}.")
        found.append(Path(error.filename))
    if not found:
        sys.exit(f"{folder} holds no *.json and no *.zip: {way_out}.")
    return found


def _name(path, folder):
    """A file's path below a folder as one line of text, with codes for what cannot be shown."""
    text = os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _dask_client(address):
    """Connect to a Dask cluster and send it the modules that read traces."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        sys.exit(f"--dask needs {error.name}: pip install -r requirements-dask.txt.")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what fails is said in a line
    answer = Queue()

    def connect():
        try:
            answer.put(distributed.Client(address, timeout=DASK_SECONDS))
        except Exception as error:
            answer.put(error)

    # What is no scheduler may take the connection and say nothing, for which Client has no limit.
    Thread(target=connect, daemon=True).start()
    try:
        client = answer.get(timeout=DASK_SECONDS + 2)
    except Empty:
        client = TimeoutError("what listens there is something else")
    if isinstance(client, Exception):
        sys.exit(f"--dask {address}: no Dask scheduler answers there ({client}).")
    if not client.scheduler_info()["workers"]:
        print(f"The Dask scheduler at {address} has no workers yet: waiting.", file=sys.stderr)
    for module in ("config", *trace_cache.READERS):
        client.upload_file(str(config.ROOT / f"{module}.py"))
    return client


if __name__ == "__main__":
    command_line.run(main, "generate_cleaned_dataset", __doc__)
