"""Run the six stages in order, in one process; stop at the first one that fails."""

import argparse
import importlib
import sys
import time
from pathlib import Path

if __name__ == "__main__":  # `python -I` leaves out the folder of the script
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from hal_analysis import cli, exit_handling
from hal_analysis.printing import print_lines

STAGES = list(cli.OPTIONS_OF_STAGE)

EXAMPLES = """\
examples:
  python run_pipeline.py --data-dir my_traces --output-dir my_results
  python run_pipeline.py --from cost_accuracy_curve  # after the dataset was edited by hand
  python run_pipeline.py --only check_data visualizations
"""


def main(argv: list[str] | None = None) -> None:
    """Run the selected stages and print what they report, then the ranking."""
    options = parse_options(argv)
    stages = select_stages(options)
    if "check_data" in stages:
        check_status_sheet(options)
    for number, stage in enumerate(stages, start=1):
        run_and_report(stage, options, f"[{number}/{len(stages)}] {stage}")
        if STAGES[0] in stages:
            check_dataset()
    if "convex_hull" in stages and not options.quiet:
        ranking = importlib.import_module("hal_analysis.ranking")
        print_lines(["", *ranking.format_ranking(), "", *ranking.format_paths(stages)])


def parse_options(argv: list[str] | None) -> argparse.Namespace:
    """Parse the options of the pipeline; those of stages that do not run are errors."""
    parser = make_parser(STAGES)
    options = parser.parse_args(argv)
    _, ignored = make_parser(select_stages(options)).parse_known_args(argv)
    if ignored:
        parser.error(f"{ignored[0]} has no effect on the selected stages")
    return options


def make_parser(stages: list[str]) -> argparse.ArgumentParser:
    """Return the parser of the options of some stages, and of the pipeline."""
    parser = argparse.ArgumentParser(
        prog="run_pipeline.py",
        description="Analyse a folder of HAL traces; write tables, 18 figures and a report.",
        epilog=f"stages, in order: {', '.join(STAGES)}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        conflict_handler="resolve",  # stages share options
        allow_abbrev=False,
    )
    for stage in stages:
        cli.OPTIONS_OF_STAGE[stage](parser)
    cli.add_output_option(parser)
    parser.add_argument("--quiet", action="store_true", help="print only one line per stage")
    selection = parser.add_mutually_exclusive_group()
    selection.add_argument(
        "--only", nargs="+", type=cli.stage_name, metavar="STAGE", help="run only these stages"
    )
    selection.add_argument(
        "--from", dest="first", type=cli.stage_name, metavar="STAGE", help="start at this stage"
    )
    return parser


def select_stages(options: argparse.Namespace) -> list[str]:
    """Return the stages to run, in their order."""
    if options.only:
        return [stage for stage in STAGES if stage in options.only]
    return STAGES[STAGES.index(options.first) :] if options.first else STAGES


def check_status_sheet(options: argparse.Namespace) -> None:
    """End the script at once, not after stage 1, if stage 2 could not read the status sheet."""
    cli.apply_options(options)
    importlib.import_module("check_data").check_status_sheet()


def check_dataset() -> None:
    """End the script if the dataset is no longer that of this run."""
    paths = importlib.import_module("hal_analysis.paths")
    for path in map(paths.table_path, ("cleaned_all_metrics.csv", "task_results.csv")):
        if paths.is_changed(path):
            sys.exit(
                f"{paths.display_path(path)} was changed while the pipeline ran: give each run its "
                "own --output-dir, and run this one again."
            )


def run_and_report(stage: str, options: argparse.Namespace, title: str) -> None:
    """Run one stage; print a line with its summary and duration, then its details."""
    start = time.perf_counter()
    try:
        summary, *details = cli.execute_stage(stage, options)
    except (ModuleNotFoundError, SyntaxError) as error:
        sys.exit(f"{title} failed: {exit_handling.explain_import_error(error)}")
    except SystemExit as failure:
        sys.exit(f"{title} failed: {failure}")
    print_lines([f"{title}: {summary} ({time.perf_counter() - start:.1f} s)"])
    if details and not options.quiet:
        print_lines(f"      {line}".rstrip() for line in details)


if __name__ == "__main__":
    exit_handling.run_script(main)
