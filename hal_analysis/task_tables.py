"""The table of task results: from the runs, and back from the file."""

import numpy as np
import pandas as pd

from hal_analysis import tables
from hal_analysis.paths import table_path

TASK_RESULTS = "task_results.csv"
RUN_KEY = ["benchmark_name", "agent_name_short", "model_name_short", "run_id"]


def tabulate_task_results(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each run and task with an id, sorted.

    Parameters
    ----------
    runs : DataFrame
        With the columns of `RUN_KEY`, task_ids and task_scores (lists).
    """
    named = runs[runs.task_ids.map(len) > 0].sort_values(RUN_KEY)
    n_tasks = named.task_ids.map(len).to_numpy(dtype=int)
    order = [np.argsort(np.array(ids, dtype=object), kind="stable") for ids in named.task_ids]
    columns = {"task_id": named.task_ids, "score": named.task_scores}
    values = {
        column: [lists[i] for lists, indices in zip(cells, order, strict=True) for i in indices]
        for column, cells in columns.items()
    }
    rows = named[RUN_KEY].iloc[np.repeat(np.arange(len(named)), n_tasks)]
    return rows.reset_index(drop=True).assign(**values)


def read_task_results() -> pd.DataFrame:
    """Read the task results; without the file, as for a dataset from elsewhere, there are none."""
    if not table_path(TASK_RESULTS).exists():
        return pd.DataFrame(columns=[*RUN_KEY, "task_id", "score"])
    return tables.read_table(TASK_RESULTS)
