"""Stage 2. The dataset against the status sheet.

Reads     data/cleaned_all_metrics.csv; data/task_results.csv; the rows of the status sheet with
          the status Uploaded
Computes  missing and extra runs, repeats, runs without cost, latency or task results, accuracies
          that differ from their task results, suspicious runs, similar names, and the benchmarks
          that each model ran on
Writes    data/missing_rows_analysis.txt
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # `python -I` leaves out the folder of the script
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from hal_analysis import cli

if __name__ == "__main__":  # before the other imports, whose errors run_stage reports
    cli.run_stage("check_data")

from collections.abc import Callable, Iterable

import pandas as pd

import config
from hal_analysis import names, tables
from hal_analysis.csv_text import read_csv_text
from hal_analysis.metrics.suspicious import Findings, find_suspicious_runs
from hal_analysis.models import model_name
from hal_analysis.paths import display_path, resolve, shorten, table_path, write_file
from hal_analysis.printing import count, printable
from hal_analysis.schema import DATASET
from hal_analysis.similar_names import describe_similar_names
from hal_analysis.task_checks import find_task_results_problems

SHEET_COLUMNS = ["Benchmark", "Agent", "Model", "Status"]
SAMPLE_SHEET = "data/agent_run_status.csv"
SAMPLE_TRACES = "sample_traces"
REPORT = "missing_rows_analysis.txt"
KEY = ["benchmark_name", "agent_name_short", "model_name_short"]
COLUMNS = [
    *KEY,
    "run_id",
    "date",
    "accuracy",
    "total_cost",
    "latencies_per_task",
    "mean_latency",
    "tasks",
]
N_EXAMPLES = 5  # lines of each finding on the screen


def main() -> list[str]:
    """Write the report; return its short form as lines to print."""
    runs = tables.read_table(DATASET, COLUMNS)
    findings, sheet_line = compare_with_sheet(runs)
    suspicious = find_suspicious_runs(runs)
    findings |= find_repeats_and_missing_values(runs)
    findings |= {f"Suspicious: {title}": entries for title, entries in suspicious.items()}
    findings["Similar names"] = describe_similar_names(runs)
    findings |= find_task_results_problems()
    coverage = describe_coverage(runs)
    report_path = table_path(REPORT)
    write_file(report_path, [format_report(findings, coverage, sheet_line).encode()])
    n_common = len(tables.common_benchmarks(runs))
    return [
        f"{count(len(runs), 'run')} checked; {n_common} of "
        f"{count(runs.benchmark_name.nunique(), 'benchmark')} with runs of all models",
        *format_short_report(findings, sheet_line),
        f"→ {display_path(report_path)}",
    ]


def compare_with_sheet(runs: pd.DataFrame) -> tuple[Findings, str]:
    """Compare the dataset with the status sheet, if there is one for it.

    Returns
    -------
    findings : dict of str to list of str
        Missing and extra runs; empty if they cannot be determined.
    line : str
        What was compared, or why nothing was.
    """
    path = find_status_sheet(runs)
    if path is None:
        return {}, "No status sheet: missing and extra rows are not checked (--status-sheet FILE)."
    sheet = read_status_sheet(path)
    planned, in_dataset = (set(rows[KEY].itertuples(index=False)) for rows in (sheet, runs))
    if not planned & in_dataset:
        return {}, (
            f"The status sheet {display_path(path)} does not match these traces: no row with the "
            "status Uploaded names one of their runs; choose another with --status-sheet."
        )
    findings = {
        "Missing rows (in the sheet, not in the dataset)": _format_keys(planned - in_dataset),
        "Extra rows (in the dataset, not in the sheet)": _format_keys(in_dataset - planned),
    }
    return findings, (
        f"{path.name}: {count(len(sheet), 'row')} with the status Uploaded (excluded ones not "
        f"counted); dataset: {count(len(runs), 'run')}."
    )


def find_status_sheet(runs: pd.DataFrame) -> Path | None:
    """Return the path of the sheet that the user names, or of the sample's sheet for the sample."""
    if config.STATUS_SHEET is not None:
        return resolve(config.STATUS_SHEET)
    sample = resolve(SAMPLE_TRACES)
    sample_files = {path.name for path in sample.glob("*.json")}
    is_sample = resolve(config.DATA_DIR) == sample and all(
        f"{run_id}_UPLOAD.json" in sample_files for run_id in runs.run_id
    )
    sheet = resolve(SAMPLE_SHEET)
    return sheet if is_sample and sheet.exists() else None


def check_status_sheet() -> None:
    """End the script with one sentence if the sheet that the user names cannot be read."""
    if config.STATUS_SHEET is not None:
        read_status_sheet(resolve(config.STATUS_SHEET))


def read_status_sheet(path: Path) -> pd.DataFrame:
    """Read the rows with the status Uploaded that are not excluded, with names of the dataset."""
    columns = ", ".join(SHEET_COLUMNS)
    hint = f"choose a CSV file with the columns {columns} (--status-sheet FILE)"
    sheet = read_csv_text(path, SHEET_COLUMNS, hint).map(names.clean_text)
    sheet = sheet[sheet.Status.str.lower() == "uploaded"]
    keys = pd.DataFrame(
        {
            "benchmark_name": sheet.Benchmark.map(_translate(config.SHEET_BENCHMARK_MAP, str)),
            "model_name_short": sheet.Model.map(_translate(config.SHEET_MODEL_MAP, model_name)),
        }
    )
    keys["agent_name_short"] = [
        config.SHEET_AGENT_MAP.get(agent) or names.scaffold_name(agent, benchmark)
        for agent, benchmark in zip(sheet.Agent, keys.benchmark_name, strict=True)
    ]
    return keys.loc[names.inclusion_mask(keys.model_name_short, keys.agent_name_short)]


def find_repeats_and_missing_values(runs: pd.DataFrame) -> Findings:
    """List repeats, and runs without cost or latency."""
    repeated = runs[runs.duplicated(KEY, keep=False)]
    counts = repeated.groupby(KEY).run_id.agg(n_runs="size", ids=", ".join)
    repeats = [
        f"{_format_key(row.Index)}: {row.n_runs} runs, {row.ids}" for row in counts.itertuples()
    ]
    named = [*KEY, "run_id"]
    copies = runs.loc[runs.duplicated(named), named].itertuples(index=False)
    unpriced = runs.loc[runs.total_cost.isna(), named].itertuples(index=False)
    untimed = runs.loc[runs.mean_latency.isna(), named].itertuples(index=False)
    return {
        "Repeats (several runs of one benchmark, scaffold and model)": repeats,
        "Duplicate run_id (a trace copied under another name?)": _format_keys(copies),
        "Runs without cost (not in cost frontiers and mean costs)": _format_keys(unpriced),
        "Runs without latency (not in latency frontiers and mean latencies)": _format_keys(untimed),
    }


def describe_coverage(runs: pd.DataFrame) -> list[str]:
    """List the number of benchmarks of each model, and those that all models ran on."""
    benchmarks, common = set(runs.benchmark_name), tables.common_benchmarks(runs)
    lines = [f"Benchmarks of each model, of {len(benchmarks)}"]
    for model, ran_on in runs.groupby("model_name_short").benchmark_name:
        missing = sorted(benchmarks - set(ran_on))
        without = f" (missing: {', '.join(missing)})" if missing else ""
        lines.append(f"  {model}: {ran_on.nunique()}{without}")
    listed = f" ({', '.join(common)})" if common else ""
    return [*lines, f"  all models: {len(common)}{listed}"]


def format_report(findings: Findings, coverage: list[str], sheet_line: str) -> str:
    """Return the report: each finding with all its lines, the coverage, and a summary."""
    lines = []
    for title, entries in findings.items():
        lines += [f"{title} ({len(entries)})", *(f"  {entry}" for entry in entries or ["none"]), ""]
    lines += [*coverage, "", "Summary", f"  {sheet_line}"]
    lines += [f"  {title}: {len(entries)}" for title, entries in findings.items()]
    return "\n".join(map(printable, lines)) + "\n"


def format_short_report(findings: Findings, sheet_line: str) -> list[str]:
    """Return the report for the screen: counts, and the first lines of each finding."""
    lines = ["Check of the dataset", f"  {sheet_line}"]
    for title, entries in findings.items():
        if not entries and title.startswith(("Duplicate", "Suspicious", "Similar")):
            continue
        lines.append(f"  {title}: {len(entries)}")
        lines += [f"    {shorten(entry)}" for entry in entries[:N_EXAMPLES]]
        if len(entries) > N_EXAMPLES:
            lines.append(f"    … and {len(entries) - N_EXAMPLES} more")
    return lines


def _translate(renamed: dict[str, str], rule: Callable[[str], str]) -> Callable[[str], str]:
    return lambda name: renamed.get(name) or rule(name)


def _format_keys(keys: Iterable[tuple[str, ...]]) -> list[str]:
    return [_format_key(key) for key in sorted(keys)]


def _format_key(key: tuple[str, ...]) -> str:
    return " | ".join(key)
