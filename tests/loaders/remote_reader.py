"""Read a remote folder in a process of its own: HF_ENDPOINT is read when huggingface_hub is loaded.

    python remote_reader.py URL TABLES_DIR

Prints a JSON object: the runs or reasons by name, the revision, and what reading took.
"""

import dataclasses
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import config
from hal_analysis.loaders import discovery, encrypted, runs


def main():
    url, config.TABLES_DIR = sys.argv[1:]
    encrypted.KEY_ITERATIONS = 1
    folder, groups = discovery.find_remote_traces(url)
    results, reading = runs.read_runs(groups, folder)
    traces = {}
    for result in results:
        traces |= {file.name: reason for file, reason in result.failures}
        if result.run:
            traces[result.path.name] = dataclasses.asdict(result.run)
    summary = {"revision": folder.revision, "unchanged": reading.n_unchanged}
    summary |= {"requests": reading.traffic.n_requests, "bytes": reading.traffic.n_bytes}
    print(json.dumps({"traces": traces} | summary))


if __name__ == "__main__":
    main()
