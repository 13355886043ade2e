"""The documentation names every table, column, figure, setting and package."""

import re
from pathlib import Path

import pytest

import visualizations
from hal_analysis.schema import TABLES
from hal_analysis.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OLDEST = "requirements-oldest.txt"
README = (ROOT / "README.md").read_text()
README_ROWS = "\n".join(line for line in README.splitlines() if line.startswith("| `"))


def documented_columns() -> dict[str, set[str]]:
    """Return the columns that docs/tables.md describes for each table."""
    columns = {}
    for section in (ROOT / "docs" / "tables.md").read_text().split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", body, re.MULTILINE)
        for table in re.findall(r"`([\w.]+)`", heading):
            columns[table] = {
                name
                for name, _, meaning in rows
                if "only in" not in meaning or f"`{table}`" in meaning.partition("only in")[2]
            }
    return columns


def padded(version: str) -> list[str]:
    """Return a version as three numbers, so that 2026.1 equals 2026.1.0."""
    return [*version.split("."), "0", "0"][:3]


def lower_bounds() -> dict[str, list[str]]:
    """Return the oldest version of each package that requirements*.txt allow."""
    files = [path for path in ROOT.glob("requirements*.txt") if path.name != OLDEST]
    text = "\n".join(path.read_text() for path in files)
    bounds = re.findall(r"^([\w-]+)(?:\[[\w,]+\])?>=([\d.]+)", text, re.MULTILINE)
    return {name: padded(version) for name, version in bounds}


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings of a Markdown file, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_tables_md_describes_every_table():
    assert set(documented_columns()) == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_tables_md_describes_every_column(table):
    assert documented_columns()[table] == set(TABLES[table].columns)


def test_readme_lists_every_figure():
    listed = re.findall(r"^\| `([\w/]+\.png)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(visualizations.FIGURES)


@pytest.mark.parametrize("setting", SETTINGS)
def test_readme_describes_every_setting(setting):
    assert f"`{setting}`" in README_ROWS


def test_readme_has_at_most_1500_words():
    assert len(README.split()) <= 1500


def test_packages_md_gives_a_reason_for_every_package():
    text = (ROOT / "docs" / "packages.md").read_text()
    rows = re.findall(r"^\| ([\w, -]+) \|", text, re.MULTILINE)
    described = {name for row in rows for name in row.split(", ")} - {"package"}
    files = [path for path in ROOT.glob("requirements*.txt") if "oldest" not in path.name]
    requirements = "".join(path.read_text() for path in files)
    assert described == set(re.findall(r"^\w[\w-]*", requirements, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_files_resolve(document):
    text = document.read_text()
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    for link in links:
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_oldest_versions_are_the_lower_bounds_of_the_requirements():
    pinned = dict(re.findall(r"^([\w-]+)==([\d.]+)$", (ROOT / OLDEST).read_text(), re.MULTILINE))
    not_run = {"atheris", "mypy"}  # tools that no test uses
    bounds = {name: bound for name, bound in lower_bounds().items() if name not in not_run}
    assert {name: padded(version) for name, version in pinned.items()} == bounds


def test_requirements_exclude_the_versions_that_packages_md_excludes():
    text = (ROOT / "docs" / "packages.md").read_text()
    excluded = dict(re.findall(r"^\| ([\w-]+) \| ([\d.]+) \|", text, re.MULTILINE))
    assert excluded
    bounds = lower_bounds()
    assert bounds | {name: padded(version) for name, version in excluded.items()} == bounds
