"""Stage 1. One row a run, from a folder of traces.

Reads     every *.json in DATA_DIR, in sorted order
Computes  short names of scaffold and model, accuracy, cost, latencies and their mean
Writes    data/cleaned_all_metrics.csv, and data/skipped_traces.csv: traces that give no run
"""

import json
import math
import sys

import pandas as pd
from tqdm import tqdm

import config
import tables
import traces


def main():
    folder = tables.folder(config.DATA_DIR)
    files = find_traces(folder)
    runs, skipped = read_runs(files)
    dataset = pd.DataFrame(map(dataset_row, runs))
    skipped = pd.DataFrame(skipped, columns=["file", "reason"])
    skipped_table = tables.write_table(skipped, "skipped_traces.csv")
    if dataset.empty:
        sys.exit(
            f"No trace in {folder} ({len(files)}) is usable, the first because: "
            f"{skipped.reason[0]}; {skipped_table} has all reasons."
        )
    kept = dataset.loc[traces.included(dataset.model_name_short, dataset.agent_name_short)]
    if kept.empty:
        sys.exit(
            f"Every usable run in {folder} ({len(dataset)}) is left out by EXCLUDED_MODELS or "
            "EXCLUDED_AGENTS in config.py: shorten these lists."
        )
    dataset_table = tables.write_table(kept, "cleaned_all_metrics.csv")
    return (
        f"traces in {tables.shown(folder)}: {len(files)} → {dataset_table}; "
        f"{len(dataset) - len(kept)} excluded by config.py, "
        f"{len(skipped)} skipped" + (f", see {skipped_table}" if len(skipped) else "")
    )


def find_traces(folder):
    """Paths of the traces in a folder, sorted by name."""
    way_out = "set DATA_DIR in config.py, or --data-dir, to the folder of traces"
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as error:
        sys.exit(f"{folder} cannot be read ({error.strerror}): {way_out}.")
    if not files:
        sys.exit(f"{folder} holds no *.json: {way_out}.")
    return files


def read_runs(files):
    """Figures of every usable trace, and (file, reason) of every other.

    A trace without a run_id is known by the name of its file.
    """
    runs, skipped = [], []
    for path in tqdm(files, desc="traces", unit="file", leave=False, disable=None):
        try:
            run = traces.run_figures(traces.read_trace(path))
            runs.append(run | {"run_id": run["run_id"] or path.stem})
        except traces.TraceError as error:
            skipped.append((path.name, str(error)))
    return runs, skipped


def dataset_row(run):
    """A row of the dataset: a run's figures, short names and the mean latency in seconds."""
    latencies = run["latencies"]
    return run | {
        "agent_name_short": traces.scaffold_name(run["agent_name"]),
        "model_name_short": traces.model_name(run["model"], run["effort"]),
        "latencies_per_task": json.dumps(latencies),
        "mean_latency": math.fsum(latencies) / len(latencies) if latencies else None,
    }


if __name__ == "__main__":
    print(main())
