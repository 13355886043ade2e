"""Read a remote folder in a process of its own: HF_ENDPOINT is read when huggingface_hub is loaded.

    python remote_reader.py PLACE TABLES_DIR ITERATIONS

PLACE is a URL or a folder, ITERATIONS those of the key. Prints a JSON object: the runs or reasons
by name, the revision, and what reading took.
"""

import dataclasses
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import config
from hal_analysis.loaders import discovery, encrypted, remote, runs


def main():
    place, config.TABLES_DIR, iterations = sys.argv[1:]
    encrypted.KEY_ITERATIONS = int(iterations)
    if remote.is_url(place):
        folder, groups = discovery.find_remote_traces(place)
        revision = folder.revision
    else:
        folder, revision = Path(place), ""
        groups = discovery.find_traces(folder)
    start = resident_memory()
    seconds = time.perf_counter()
    results, reading = runs.read_runs(groups, folder)
    seconds = time.perf_counter() - seconds
    memory = resident_memory() - start
    traces = {}
    for result in results:
        traces |= {file.name: reason for file, reason in result.failures}
        if result.run:
            traces[discovery.printable_name(result.path, folder)] = dataclasses.asdict(result.run)
    summary = {"revision": revision, "unchanged": reading.n_unchanged}
    summary |= {"requests": reading.traffic.n_requests, "bytes": reading.traffic.n_bytes}
    summary |= {"seconds": seconds, "memory": memory, "ways": dict(reading.n_by_way)}
    print(json.dumps({"traces": traces} | summary))


def resident_memory():
    """Return the memory of this process in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.split("VmRSS:")[1].split()[0])


if __name__ == "__main__":
    main()
