"""What stage 1 prints and writes, as values to compare."""

import re


def parse_counts(output):
    """Return the counts of files, runs, excluded runs, skipped files and duplicate files."""
    files, runs, excluded, _, skipped, copies = _parse_sum(output)
    return files, runs, excluded, skipped, copies


def count_perturbed(output):
    return _parse_sum(output)[3]


def count_unchanged(output):
    line = re.search(r"^(\d+) traces? unchanged since the last run$", output, re.MULTILINE)
    return int(line[1]) if line else 0


def _parse_sum(output):
    """Return the six numbers of the sum; the first one is that of the others."""
    line = re.search(
        r"^(\d+) files? = (\d+) runs? \+ (\d+) excluded by config.py \+ (\d+) perturbed \+ "
        r"(\d+) skipped \+ (\d+) duplicate files?$",
        output,
        re.MULTILINE,
    )
    n_files, *parts = map(int, line.groups())
    assert n_files == sum(parts)
    return n_files, *parts


def run_ids(project):
    return project.table("cleaned_all_metrics.csv").run_id.tolist()
