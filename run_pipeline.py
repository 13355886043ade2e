"""Run the six stages in order, in one process; stop at the first that fails."""

import endings

import argparse
import importlib
import sys
import time

import command_line

STAGES = [
    "generate_cleaned_dataset",
    "check_data",
    "cost_accuracy_curve",
    "win_rates",
    "convex_hull",
    "visualizations",
]

EXAMPLE = """\
example:
  python run_pipeline.py --data-dir ~/hal_traces
  python run_pipeline.py --from cost_accuracy_curve  # after an edit in the dataset by hand
  python run_pipeline.py --only check_data visualizations
"""


def main():
    arguments = parse_arguments()
    stages = chosen_stages(arguments)
    for number, stage in enumerate(stages, start=1):
        settings = command_line.of_stage(arguments, stage)
        run_stage(stage, settings, f"[{number}/{len(stages)}] {stage}.py")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Analyse a folder of HAL traces: six stages, CSVs in data/, 18 figures.",
        epilog=f"stages, in order: {', '.join(STAGES)}\n\n{EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_reading_options(parser)
    command_line.add_comparing_options(parser)
    command_line.add_drawing_options(parser)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--only", nargs="+", type=stage_name, metavar="STAGE", help="run these stages alone"
    )
    choice.add_argument(
        "--from", dest="first", type=stage_name, metavar="STAGE", help="start with this stage"
    )
    arguments = parser.parse_args()
    stages = chosen_stages(arguments)
    for stage, flags in command_line.OF_STAGE.items():
        for flag, name in flags.items():
            if stage not in stages and getattr(arguments, name) != parser.get_default(name):
                parser.error(f"argument {flag}: is one of {stage}.py, which is not run")
    return arguments


def stage_name(text):
    """A stage as a user writes it, with or without .py."""
    stage = text.removesuffix(".py")
    if stage not in STAGES:
        raise argparse.ArgumentTypeError(f"{text!r} is no stage; choose from {', '.join(STAGES)}")
    return stage


def chosen_stages(arguments):
    if arguments.only:
        return [stage for stage in STAGES if stage in arguments.only]
    return STAGES[STAGES.index(arguments.first) :] if arguments.first else STAGES


def run_stage(stage, settings, title):
    """Run one stage and say in a line what went in and out and how long it took."""
    start = time.perf_counter()
    try:
        # Imported here, so that --help and a wrong argument need none of the libraries.
        summary = importlib.import_module(stage).main(**settings)
    except (ModuleNotFoundError, SyntaxError) as error:
        sys.exit(f"{title} failed: {endings.reason(error)}")
    except SystemExit as failure:
        sys.exit(f"{title} failed: {failure}")
    print(f"{title}: {summary} ({time.perf_counter() - start:.1f} s)")


if __name__ == "__main__":
    main()
