"""Findings of the check about task results."""

import pandas as pd

from hal_analysis import tables
from hal_analysis.schema import DATASET
from hal_analysis.task_tables import RUN_KEY, read_task_results

TOLERANCE = 1e-9  # between an accuracy and the mean of its tasks


def find_task_results_problems() -> dict[str, list[str]]:
    """Find runs without task results, and accuracies that differ from their task results.

    The accuracy of a run is recomputed as the sum of its scores divided by `tasks`, the number of
    tasks that its benchmark divides by.

    Returns
    -------
    dict of str to list of str
        Empty if no run has task results.
    """
    task_results = read_task_results()
    if task_results.empty:
        return {}
    runs = tables.read_table(DATASET, [*RUN_KEY, "accuracy", "tasks"])
    scores = task_results.groupby(RUN_KEY).score.agg(score_sum="sum", rows="size").reset_index()
    runs = runs.merge(scores, how="left", on=RUN_KEY).sort_values(RUN_KEY)
    # Runs that cannot be told apart share their rows, so their sums are not of one run.
    compared = runs[runs.rows.notna() & ~runs.duplicated(RUN_KEY, keep=False)]
    recomputed = compared.score_sum / compared.tasks
    differs = ~((compared.accuracy - recomputed).abs() <= TOLERANCE)
    has_no_rows = runs.rows.isna()
    return {
        "Runs without task results: not in paired tests": _format_runs(
            runs[has_no_rows & runs.tasks.isna()]
        ),
        "Runs whose scores have no task ids: incomplete, not in paired tests": [
            f"{line}: {n_tasks:.0f} scores, fewer than the longest run has"
            for line, n_tasks in zip(
                _format_runs(runs[has_no_rows & runs.tasks.notna()]),
                runs.tasks[has_no_rows & runs.tasks.notna()],
                strict=True,
            )
        ],
        f"Accuracies that differ from their task results ({len(compared)} compared)": [
            f"{line}: {row.accuracy:.10g}, recomputed {row.score_sum:.10g}/{row.tasks:.0f} = "
            f"{row.score_sum / row.tasks:.10g}"
            for line, row in zip(
                _format_runs(compared[differs]), compared[differs].itertuples(), strict=True
            )
        ],
    }


def _format_runs(runs: pd.DataFrame) -> list[str]:
    return [" | ".join(row) for row in runs[RUN_KEY].itertuples(index=False)]
