"""Stage 2. The dataset against the status sheet.

Reads     data/agent_run_status.csv (rows with the status Uploaded), data/cleaned_all_metrics.csv
Computes  rows that are missing or extra, doubled runs, runs without cost or latency, and on how
          many benchmarks each model ran
Writes    data/missing_rows_analysis.txt, and the same on the screen
"""

import endings

import pandas as pd

import command_line
import config
import files
import names
import tables

SHEET = "agent_run_status.csv"
SHEET_COLUMNS = ["Benchmark", "Agent", "Model", "Status"]
REPORT = "missing_rows_analysis.txt"
KEY = ["benchmark_name", "agent_name_short", "model_name_short"]


def main():
    runs = tables.read_table(tables.DATASET)
    sheet = read_sheet(files.path_of(SHEET))
    findings = find_doubled_and_incomplete(runs)
    if sheet is None:
        summary = f"No status sheet {SHEET}: missing and extra rows are not checked."
    else:
        findings = find_missing_and_extra(runs, sheet) | findings
        summary = f"{len(sheet)} rows of {SHEET} count, {len(runs)} runs are in the dataset."
    report_path = files.path_of(REPORT)
    report = format_report(summary, findings, describe_coverage(runs))
    files.write_file(report_path, report.encode())
    print(report)
    return (
        f"{len(runs)} runs → {files.shown(report_path)}: {', '.join(totals(findings))}; "
        f"all models share {len(tables.common_benchmarks(runs))} of "
        f"{runs.benchmark_name.nunique()} benchmarks"
    )


def read_sheet(path):
    """Counted rows of the status sheet in the dataset's spelling, or None without a sheet."""
    if not path.exists():
        return None
    way_out = f"save it as CSV with the columns {', '.join(SHEET_COLUMNS)}, or remove it"
    sheet = tables.read_csv_text(path, way_out)
    tables.check_columns(sheet, SHEET_COLUMNS, path, way_out)
    sheet = sheet[SHEET_COLUMNS].map(names.clean_text)
    sheet = sheet[sheet.Status.str.lower() == "uploaded"]
    keys = pd.DataFrame(
        {
            "benchmark_name": sheet.Benchmark.map(_respell(config.SHEET_BENCHMARK_MAP, str)),
            "agent_name_short": sheet.Agent.map(
                _respell(config.SHEET_AGENT_MAP, names.scaffold_name)
            ),
            "model_name_short": sheet.Model.map(_respell(config.SHEET_MODEL_MAP, names.model_name)),
        }
    )
    return keys.loc[names.included(keys.model_name_short, keys.agent_name_short)]


def find_missing_and_extra(runs, sheet):
    """Combinations that only the sheet or only the dataset has, as lines by title."""
    planned, there = (set(rows[KEY].itertuples(index=False)) for rows in (sheet, runs))
    return {
        "Missing rows: counted in the sheet, not in the dataset": _lines(planned - there),
        "Extra rows: in the dataset, not counted in the sheet": _lines(there - planned),
    }


def find_doubled_and_incomplete(runs):
    """Doubled runs, and runs without cost or latency, as lines by title."""
    counts = runs.groupby(KEY).run_id.agg(number="size", ids=", ".join).query("number > 1")
    doubled = [f"{_line(row.Index)}: {row.number} runs, {row.ids}" for row in counts.itertuples()]
    named = [*KEY, "run_id"]
    return {
        "Doubled runs: more than one of one scaffold, model and benchmark": doubled,
        "Runs without cost: no place in cost frontiers and mean costs": _lines(
            runs.loc[runs.total_cost.isna(), named].itertuples(index=False)
        ),
        "Runs without latency: no place in latency frontiers and mean latencies": _lines(
            runs.loc[runs.mean_latency.isna(), named].itertuples(index=False)
        ),
    }


def describe_coverage(runs):
    """On how many benchmarks each model ran, and which all models share, as lines."""
    everything, shared = set(runs.benchmark_name), tables.common_benchmarks(runs)
    lines = [f"Benchmarks of each model, of {len(everything)}"]
    for model, ran_on in runs.groupby("model_name_short").benchmark_name:
        lacking = sorted(everything - set(ran_on))
        without = f", without {', '.join(lacking)}" if lacking else ""
        lines.append(f"  {model}: {ran_on.nunique()}{without}")
    return [*lines, f"  all models share {len(shared)}: {', '.join(shared) or 'none'}", ""]


def format_report(summary, findings, coverage):
    """The report: each finding's title, number and lines, the coverage, a summary with totals."""
    parts = []
    for title, lines in findings.items():
        parts += [f"{title} ({len(lines)})", *(f"  {line}" for line in lines or ["none"]), ""]
    parts += coverage
    parts += ["Summary", f"  {summary}", *(f"  {total}" for total in totals(findings))]
    return "\n".join(parts) + "\n"


def totals(findings):
    """`13 missing rows` for each finding."""
    return [f"{len(lines)} {title.split(':')[0].lower()}" for title, lines in findings.items()]


def _respell(spellings, rule):
    return lambda name: spellings.get(name) or rule(name)


def _lines(keys):
    return [_line(key) for key in sorted(keys)]


def _line(key):
    return " | ".join(key)


if __name__ == "__main__":
    command_line.run(main, "check_data", __doc__)
