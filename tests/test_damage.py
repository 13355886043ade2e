"""What must not be lost or half written: odd data, ended runs, damaged and edited files."""

import ctypes
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from conftest import Project
from hypothesis import given
from hypothesis import strategies as st
from trace_files import GOOD, changed, write_encrypted, write_trace

import files
import json_stream
import names
import tables
import traces
from benchmarks.read_traces import encrypt

STAGE = "generate_cleaned_dataset.py"
TABLE_STAGES = ["check_data", "cost_accuracy_curve", "win_rates", "convex_hull"]


def trace(benchmark, model, accuracy, cost, seconds=3.0, scaffold="HAL Generalist Agent"):
    return changed(
        config__benchmark_name=benchmark,
        config__agent_name=scaffold,
        config__agent_args={"model_name": model},
        config__run_id=f"{benchmark} {model}",
        results__accuracy=accuracy,
        results__total_cost=cost,
        results__latencies={"1": seconds} if seconds is not None else None,
    )


# Odd but legal data, from traces through all six stages.

ODD = {
    "one model": [trace("a", "m", 0.5, 1.0), trace("b", "m", 0.6, 2.0)],
    "one benchmark": [trace("a", f"m{n}", n / 10, n) for n in range(4)],
    "all equal": [trace("a", f"m{n}", 0.5, 1.0) for n in range(4)],
    "all zero": [trace("a", f"m{n}", 0, 0, 0) for n in range(4)],
    "no cost, no latency": [trace(b, f"m{n}", n / 9, None, None) for b in "ab" for n in range(4)],
    "a model on one benchmark only": [
        *(trace(b, f"m{n}", n / 9, n + 1) for b in "abc" for n in range(3)),
        trace("c", "seldom", 0.9, 0.5),
    ],
    "far apart": [trace("a", "m", 0.5, 1e-300), trace("a", "n", 0.6, 1e12, 1e-300)],
    "odd names": [
        trace(b, model, accuracy, accuracy, scaffold=f"S {model}" if b == "b" else "HAL")
        for b in ("b", '=1+1, "x"')
        for accuracy, model in enumerate(
            ["x" * 300, "a, b", 'quote "', "line\nbreak", "=1+1", "-2", "'=3", "+", "@a", "#"]
        )
        for accuracy in [accuracy / 10]
    ],
    "one name in two spellings": [
        trace("a", "caf\u00e9", 0.5, 1.0),
        trace("b", "cafe\u0301", 0.6, 1.0),
        trace("b", "other", 0.1, 1.0),
    ],
}


@pytest.fixture(scope="module")
def odd_projects(tmp_path_factory):
    """A project for each of `ODD`, through all six stages side by side on the machine's cores."""
    projects, processes = {}, {}
    for name, content in ODD.items():
        project = Project(tmp_path_factory.mktemp("odd") / "project")
        for number, one in enumerate(content):
            write_trace(project.traces, f"{number:02}.json", one)
        projects[name] = project
        processes[name] = project.start("run_pipeline.py")
    for name, process in processes.items():
        out, error = process.communicate()
        assert (process.returncode, error) == (0, ""), name
        projects[name].output = out
    return projects


@pytest.mark.parametrize("name", ODD)
def test_odd_data_goes_through_all_stages(odd_projects, name):
    project = odd_projects[name]
    number = len(ODD[name])
    assert f"{number} files = {number} runs + 0 excluded" in project.output
    assert len(list(project.figures.rglob("*.png"))) == 18
    runs = tables_of(project, "cleaned_all_metrics.csv")
    assert len(runs) == number
    assert runs.run_id.tolist() == [names.clean_text(one["config"]["run_id"]) for one in ODD[name]]


def tables_of(project, name):
    """A table as the stages read it."""
    old, tables.config.TABLES_DIR = tables.config.TABLES_DIR, project.tables
    try:
        return tables.read_table(name)
    finally:
        tables.config.TABLES_DIR = old


def test_a_model_on_one_benchmark_only_is_compared_there(odd_projects):
    rates = odd_projects["a model on one benchmark only"].table("model_win_rates_max.csv")
    counts = rates.set_index("model_name_short")[["wins_sum", "comparisons_sum"]]
    assert counts.loc["seldom"].tolist() == [3, 3]
    assert counts.loc["m2"].tolist() == [6, 7]


def test_one_name_in_two_spellings_is_one_model(odd_projects):
    rates = odd_projects["one name in two spellings"].table("model_win_rates_max.csv")
    assert rates.model_name_short.tolist() == ["caf\u00e9", "other"]


def test_no_cell_is_a_formula(odd_projects):
    project = odd_projects["odd names"]
    for path in project.tables.glob("*.csv"):
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        begins = {cell[:1] for cell in cells.to_numpy().ravel()}
        assert not begins & set("=+-@"), path.name
    models = set(project.table("model_win_rates_max.csv").model_name_short)
    assert {"'=1+1", "'-2", "''=3", "'+", "'@a", "#"} < models
    read = set(tables_of(project, "model_win_rates_max.csv").model_name_short)
    assert {"=1+1", "-2", "'=3", "+", "@a", "#", "line break"} < read


# Every file is accounted for.


def write_many(project):
    """Files of every fate; how many there are, in the order of `counted`."""
    for number in range(5):
        write_trace(project.traces, f"good{number}.json", trace("a", f"m{number}", 0.1, 1.0))
    write_encrypted(project.traces, "good0.zip", GOOD)
    write_encrypted(project.traces, "only.zip", trace("a", "zipped", 0.5, 1.0))
    (project.traces / "good1.zip").write_text("never read")
    write_trace(project.traces, "left_out.json", trace("a", "gpt-4o-2024-11-20", 0.5, 1.0))
    (project.traces / "cut.json").write_text('{"config": ')
    write_encrypted(project.traces, "cut.zip", trace("a", "saved by its zip", 0.5, 1.0))
    (project.traces / "both.json").write_text("<html>")
    (project.traces / "both.zip").write_text("<html>")
    (project.traces / "folder.json").mkdir()
    os.mkfifo(project.traces / "pipe.json")
    return 15, 7, 1, 5, 2


def test_files_found_are_rows_and_excluded_and_skipped_and_copies(project):
    expected = write_many(project)
    assert expected[0] == sum(expected[1:]) == len(list(project.traces.iterdir()))
    for _ in range(2):
        output = project.run_well(STAGE)
        files, runs, excluded, skipped, copies = expected
        assert (
            f"{files} files = {runs} runs + {excluded} excluded by config.py + {skipped} skipped + "
            f"{copies} second copies"
        ) in output
        assert len(project.table("cleaned_all_metrics.csv")) == runs
        assert sorted(project.table("skipped_traces.csv").file) == [
            "both.json",
            "both.zip",
            "cut.json",
            "folder.json",
            "pipe.json",
        ]


@pytest.mark.parametrize("script", [STAGE, "run_pipeline.py"])
def test_strict_makes_a_skip_an_error(project, script):
    write_many(project)
    message = project.fail(script, "--strict")
    assert message.endswith(
        f"5 of 15 files in {project.traces} give no run (--strict), both.json because: no JSON "
        "object: begins with '<html>', expected {; data/skipped_traces.csv (rows: 5) has all "
        "reasons: mend or remove these files, or leave --strict out."
    )
    assert not (project.tables / "cleaned_all_metrics.csv").exists()


def test_a_name_of_several_lines(project):
    write_trace(project.traces, "good\r\n.json", changed(config__run_id=...))
    (project.traces / "bad\r,\n.json").write_text("[]")
    project.run_well(STAGE)
    assert project.table("cleaned_all_metrics.csv").run_id.tolist() == [r"good\r\n"]
    assert project.table("skipped_traces.csv").file.tolist() == [r"bad\r,\n.json"]


def test_strict_without_a_skip(project):
    write_trace(project.traces, "a.json", GOOD)
    assert project.run_well(STAGE, "--strict") == project.run_well(STAGE).replace("(1 u", "(0 u")


# Bad traces by the thousand.

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FRACTIONS = st.floats(0, 1)
AMOUNTS = st.floats(0, 1e6) | st.none()


@st.composite
def nearly_valid(draw):
    """A trace, with up to three of its fields replaced or left out."""
    fields = {
        "config__agent_name": st.text(),
        "config__benchmark_name": st.text(),
        "config__date": st.text(),
        "config__run_id": st.text(),
        "config__agent_args": st.dictionaries(
            st.sampled_from(["model_name", "reasoning_effort", "agent.model.name"]), VALUES
        ),
        "results__accuracy": FRACTIONS,
        "results__average_score": FRACTIONS,
        "results__total_cost": AMOUNTS,
        "results__latencies": st.dictionaries(st.text(), AMOUNTS),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    wild = draw(st.sampled_from(sorted(chosen)) if chosen else st.none())
    replaced = {name: draw(VALUES if name == wild else fields[name]) for name in sorted(chosen)}
    return changed(**replaced)


@given(nearly_valid())
def test_a_trace_gives_figures_in_range_or_a_reason(document):
    try:
        figures = traces.run_figures(document)
    except traces.TraceError as error:
        assert str(error).isprintable()
        return
    assert 0 <= figures["accuracy"] <= 1
    assert figures["agent_name"] and figures["benchmark_name"] and figures["model"]
    for amount in [figures["total_cost"], *figures["latencies"]]:
        assert amount is None or 0 <= amount <= 1e12
    json.dumps(figures).encode("utf-8")


@given(st.binary(max_size=200), st.integers(0, 600), st.integers(0, 600))
def test_garbage_in_a_file_gives_figures_or_a_reason(tmp_path_factory, garbage, start, stop):
    content = json.dumps(GOOD).encode()
    damaged = content[:start] + garbage + content[max(start, stop) :]
    path = tmp_path_factory.getbasetemp() / "garbage.json"
    path.write_bytes(damaged)
    try:
        expected = json.loads(damaged)
        expected = {"config": expected["config"], "results": expected["results"]}
    except (ValueError, LookupError, TypeError):
        expected = None
    try:
        found = traces.read_trace(path)
    except traces.TraceError as error:
        assert str(error).isprintable()
        assert expected is None or not all(isinstance(part, dict) for part in expected.values())
    else:
        assert expected is None or found == expected


def open_files_and_threads():
    return [
        sorted(path.name for path in Path("/proc/self", part).iterdir()) for part in ("fd", "task")
    ]


def test_a_thousand_bad_traces_leave_no_file_and_no_thread_open(tmp_path):
    random.seed(0)
    whole = json.dumps(GOOD).encode()
    write_encrypted(tmp_path, "good.zip", GOOD)
    zipped = (tmp_path / "good.zip").read_bytes()
    paths = []
    for number in range(500):
        for suffix, content in ((".json", whole), (".zip", zipped)):
            paths.append(tmp_path / f"{number}{suffix}")
            at = random.randrange(len(content) - 1)
            cut = content[:at] if number % 2 else content[:at] + b"\xff\xff" + content[at + 2 :]
            paths[-1].write_bytes(cut)
    before = open_files_and_threads()
    reasons = [traces.read_run([path])[2] for path in paths]
    assert sum(map(bool, reasons)) > 950
    assert open_files_and_threads() == before


# Strangers' files, in a process whose memory is limited.


def peak_and_reason(path):
    """Peak memory above the start, in bytes, and the reason for which a file is skipped."""
    code = (
        "import resource, sys, traces\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "start = peak()\n"
        "try: traces.read_trace(sys.argv[1]); reason = None\n"
        "except traces.TraceError as error: reason = str(error)\n"
        "print(peak() - start, reason)"
    )
    # A process's peak begins with that of the one that forks it, so a small one stands between.
    starter = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
    command = [sys.executable, "-c", starter, sys.executable, "-c", code, str(path)]
    printed = subprocess.check_output(command, cwd=files.config.ROOT, text=True)
    peak, _, reason = printed.strip().partition(" ")
    return int(peak), reason


def zip_of(path, pieces, name="a_UPLOAD.json.encrypted"):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for piece in pieces:
            member.write(piece)


HEAD = b'{"encrypted_data": "'


def test_a_zip_that_would_inflate_to_much_is_not_inflated(tmp_path):
    path = tmp_path / "a.zip"
    zip_of(path, [HEAD, *[b"A" * 10**6] * 500])
    assert path.stat().st_size < 10**6
    peak, reason = peak_and_reason(path)
    assert reason.startswith("'a_UPLOAD.json.encrypted' would inflate to 500,000,020 bytes, expect")
    assert peak < 10e6


def test_a_zip_that_lies_about_its_size(tmp_path):
    """The directory says a hundred bytes; the member never ends, for all one can tell."""
    path = tmp_path / "a.zip"
    zip_of(path, [HEAD, *[b"A" * 10**6] * 500])
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\1\2")
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    peak, reason = peak_and_reason(path)
    assert reason == ("damaged zip: 'a_UPLOAD.json.encrypted' is longer than its directory says")
    assert peak < 20e6


def test_a_zip_of_very_many_members(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.json.encrypted", b"")
    peak, reason = peak_and_reason(tmp_path / "a.zip")
    assert reason == (
        "no zip, or a cut or damaged one: its directory has more than 1,048,576 bytes"
    )
    assert peak < 10e6


@pytest.mark.parametrize(
    ("begin", "piece", "times", "end", "expected"),
    [
        (b'{"raw": ', b"1" * 10**6, 1, b', "config": {}, "results": {}}', "not JSON: Whole numb"),
        (b'{"raw": ', b"1" * 10**6, 100, b"}", "not JSON: Value of more than 16,777,216 charac"),
        (b'{"raw": 0.', b"1" * 10**6, 100, b"}", "not JSON: Value of more than 16,777,216 cha"),
        (b'{"raw": ', b"[" * 200_000, 1, b"}", "nested too deep: more levels than Python's jso"),
        (b'{"raw": [', b"[" * 10**6, 100, b"}", "nested too deep: more levels than Python's js"),
        (b'{"config": {"a": "', b"x" * 10**6, 100, b'"}, "results": {}}', "not JSON: Value of m"),
        (b'{"', b"x" * 10**6, 100, b'": 1}', "not JSON: Value of more than 16,777,216 characte"),
        (b'{"raw": "', b"x\\n" * 10**6, 60, b'", "config": {}, "results": {}}', "None"),
        (b'{"raw": "', b"x" * 10**6, 100, b'\\q", "config": {}}', "not JSON: Invalid sign in a s"),
        (b'{"raw": "', b"x" * 10**6, 100, b'"', "truncated: ends with"),
        (b'{"raw": "', b"x" * 10**6, 100, b"}", "truncated: Unterminated string at character 10"),
        (b"", b" " * 10**6, 200, b'{"config": {}, "results": {}}', "None"),
    ],
)
def test_json_that_would_fill_the_memory(tmp_path, begin, piece, times, end, expected):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.writelines([begin, *[piece] * times, end])
    peak, reason = peak_and_reason(path)
    assert reason.startswith(expected)
    assert peak < 120e6


def test_a_text_is_skipped_as_it_would_be_read():
    for text in [r'"\u00e9\\\"x"', r'"\ud83d"', '""', '"\x7f"', r'"\u12x4"', '"\n"', r'"\x"', '"']:
        stream = json_stream.JsonStream(iter([b"[", *(bytes([b]) for b in text.encode()), b",1]"]))
        try:
            expected = json.loads(f"[{text},1]")
        except json.JSONDecodeError:
            with pytest.raises(json.JSONDecodeError):
                skip_two(stream)
        else:
            assert len(expected) == skip_two(stream) == 2


def skip_two(stream):
    number = 0
    for _ in stream._each():
        stream.skip()
        number += 1
    return number


def test_text_in_a_zip_that_is_no_object(project):
    members = {"list": b"[1]", "page": b"<html>404</html>", "cut": b'{"config": {'}
    for name, plain in members.items():
        member = encrypt(plain, bytes(range(16)))
        with zipfile.ZipFile(project.traces / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.json.encrypted", member)
    project.fail(STAGE)
    skipped = project.table("skipped_traces.csv").set_index("file").reason
    assert skipped["list.zip"] == "no JSON object: begins with '[1]', expected {"
    assert skipped["page.zip"].startswith("no JSON object: begins with '<html>")
    assert skipped["cut.zip"].startswith("truncated: ")


# Files are written whole.


def left_overs(project):
    return sorted(project.folder.rglob(".*.part"))


def snapshot(project):
    """Contents of all tables and figures; the cache, which holds times, is not among them."""
    return {
        path.relative_to(project.folder): path.read_bytes()
        for part in (project.tables, project.figures)
        for path in part.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.name != "trace_cache.json"
    }


@pytest.fixture(scope="module")
def first_state(tmp_path_factory):
    """A project that has run, with four models."""
    project = Project(tmp_path_factory.mktemp("first") / "project")
    for number in range(4):
        for benchmark in "ab":
            name = f"{benchmark}{number}.json"
            write_trace(project.traces, name, trace(benchmark, f"m{number}", number / 9, number))
    project.run_well("run_pipeline.py")
    return project


def changed_copy(first_state, folder):
    """A copy of it with one more model, not run, and what its files hold before."""
    project = first_state.copy_to(folder)
    shutil.copytree(first_state.figures, project.figures)
    write_trace(project.traces, "a9.json", trace("a", "another model", 0.95, 0.3))
    write_trace(project.traces, "b9.json", trace("b", "another model", 0.05, 0.4))
    return project, snapshot(project)


@pytest.fixture(scope="module")
def second_state(first_state, tmp_path_factory):
    """What the files hold with one more model."""
    project, first = changed_copy(first_state, tmp_path_factory.mktemp("second") / "project")
    project.run_well("run_pipeline.py")
    second = snapshot(project)
    assert first.keys() == second.keys()
    assert sum(first[name] != second[name] for name in first) > 20
    return second


def test_a_run_that_is_killed_leaves_whole_files(first_state, second_state, tmp_path):
    project, first = changed_copy(first_state, tmp_path / "copy")
    moments, new = random.Random(1), set()
    for _ in range(9):
        process = project.start("run_pipeline.py")
        time.sleep(moments.uniform(0.3, 5))
        process.kill()
        process.communicate()
        json.loads((project.tables / "trace_cache.json").read_bytes())
        found = snapshot(project)
        assert found.keys() == first.keys()
        new |= {name for name in found if found[name] == second_state[name] != first[name]}
        assert all(found[name] in (first[name], second_state[name]) for name in found)
    assert len(new) > 5
    project.run_well("run_pipeline.py")
    assert snapshot(project) == second_state
    assert left_overs(project) == []


def test_what_killed_runs_left_is_removed(project):
    write_trace(project.traces, "a.json", GOOD)
    (project.tables / ".skipped_traces.csv.0a1b2c3d.part").write_text("half")
    (project.tables / ".trace_cache.json.0a1b2c3d.part").write_text("half")
    (project.tables / ".other.csv.0a1b2c3d.part").write_text("of nobody here")
    project.run_well(STAGE)
    assert [path.name for path in left_overs(project)] == [".other.csv.0a1b2c3d.part"]


def test_many_writers_of_one_file(tmp_path):
    """Whole contents only, though each removes what it takes for left over from others."""
    code = (
        "import sys, files; from pathlib import Path\n"
        "for n in range(300): files.write_file(Path(sys.argv[1]), sys.argv[2].encode() * 9999)"
    )
    path = tmp_path / "file.csv"
    writers = [
        subprocess.Popen([sys.executable, "-c", code, path, letter], cwd=files.config.ROOT)
        for letter in "abcd"
    ]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            content = path.read_text()
            assert content == content[0] * 9999
            seen.add(content[0])
    assert [writer.returncode for writer in writers] == [0] * 4
    assert len(seen) > 1
    assert list(tmp_path.iterdir()) == [path]


def test_two_pipelines_in_one_folder(first_state, second_state, tmp_path):
    project, _ = changed_copy(first_state, tmp_path / "copy")
    processes = [project.start("run_pipeline.py") for _ in range(2)]
    for process in processes:
        _, error = process.communicate()
        assert (process.returncode, error) == (0, "")
    assert snapshot(project) == second_state
    assert left_overs(project) == []


def limited(limit):
    """Let a process obey file permissions as root, too, and write no file beyond a size."""

    def prepare():
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return prepare


@pytest.mark.parametrize("script", ["win_rates.py", "visualizations.py", "run_pipeline.py"])
@pytest.mark.parametrize("trouble", ["full disk", "read-only folder"])
def test_no_room_and_no_right_to_write(first_state, tmp_path, script, trouble):
    project = first_state.copy_to(tmp_path / "copy")
    shutil.copytree(first_state.figures, project.figures)
    before = snapshot(project)
    folders = [project.tables, project.figures, project.figures / "heatmaps"]
    if trouble == "read-only folder":
        for folder in folders:
            folder.chmod(0o555)
    process = project.start(script, preexec_fn=limited(50 if trouble == "full disk" else None))
    _, error = process.communicate()
    for folder in folders:
        folder.chmod(0o755)
    assert process.returncode == 1
    assert len(error.splitlines()) == 1
    why = "File too large" if trouble == "full disk" else "Permission denied"
    assert f" cannot be written ({why}): make room there, or the folder writable, and " in error
    assert snapshot(project) == before
    assert left_overs(project) == []


def test_files_that_may_not_be_read(project):
    write_trace(project.traces, "a.json", GOOD)
    for name in ("b.json", "c.zip"):
        write_encrypted(project.traces, name, GOOD)
        (project.traces / name).chmod(0)
    (project.traces / "closed").mkdir(mode=0)
    process = project.start(STAGE, preexec_fn=limited(None))
    output, error = process.communicate()
    (project.traces / "closed").chmod(0o755)
    assert (process.returncode, error) == (0, "")
    assert "4 files = 1 runs + 0 excluded by config.py + 3 skipped" in output
    assert (project.tables / "skipped_traces.csv").read_text() == (
        "file,reason\n"
        "b.json,cannot be read: Permission denied\n"
        "c.zip,cannot be read: Permission denied\n"
        "closed,cannot be read: Permission denied\n"
    )


def test_a_link_stays_a_link(project):
    project.write_runs([("b", "S", "A", 0.5, 1, 1)])
    elsewhere = project.folder.parent / "elsewhere.csv"
    (project.tables / "pareto_distances.csv").symlink_to(elsewhere)
    project.run_well("cost_accuracy_curve.py")
    assert (project.tables / "pareto_distances.csv").is_symlink()
    assert elsewhere.read_text().startswith("model_name_short,")


# Ctrl-C and other ends.


def processes_of(project):
    """Processes that run a script of the project."""
    found = subprocess.run(
        ["pgrep", "-f", str(project.folder)], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


@pytest.mark.parametrize(
    ("script", "seconds"),
    [
        *(("run_pipeline.py", tenths / 10) for tenths in (1, 3, 5, 7, 9, 11, 13, 16, 20, 30)),
        *((script, 0.2) for script in ("win_rates.py", "check_data.py", "visualizations.py")),
    ],
)
@pytest.mark.parametrize("to_all", [True, False])
def test_ctrl_c(sample_project, tmp_path, script, seconds, to_all):
    project = sample_project.copy_to(tmp_path / "copy")
    process = project.start(script, start_new_session=True)
    time.sleep(seconds)
    assert process.poll() is None, "it ended before"
    start = time.monotonic()
    (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in error
    assert time.monotonic() - start < 1
    wait_for_the_end_of_all(project)


def wait_for_the_end_of_all(project):
    for _ in range(50):
        if not processes_of(project):
            return
        time.sleep(0.1)
    raise AssertionError(processes_of(project))


def test_ctrl_c_while_threads_read(project):
    """What holds the threads does not hold up the end."""
    slow = project.traces / "0.json"
    slow.write_text('{"raw": [' + "0.5," * 40_000_000 + "1]}")
    for number in range(1, 4):
        (project.traces / f"{number}.json").hardlink_to(slow)
    process = project.start(STAGE)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, error = process.communicate()
    assert (process.returncode, error) == (130, "")
    assert time.monotonic() - start < 1


def test_processes_that_draw_end_with_the_one_that_is_killed(sample_project, tmp_path):
    project = sample_project.copy_to(tmp_path / "copy")
    process = project.start("visualizations.py")
    while len(processes_of(project)) < 2:
        assert process.poll() is None
    process.kill()
    process.communicate()
    wait_for_the_end_of_all(project)


def test_who_reads_the_output_goes(project):
    project.write_runs([("b", "S", f"m{n}", 0.5, 1, 1) for n in range(5000) for _ in range(2)])
    process = project.start("check_data.py")
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait() == 1


def test_a_package_that_is_not_there(project):
    (project.folder / "pandas.py").write_text("import no_such_package\n")
    for script in ("win_rates.py", STAGE):
        assert project.fail(script) == (
            "no_such_package is not installed: pip install -r requirements.txt."
        )


@pytest.mark.parametrize("script", [*TABLE_STAGES, "visualizations", STAGE.removesuffix(".py")])
def test_help_of_a_stage_runs_nothing(project, script):
    assert project.run_well(f"{script}.py", "--help").startswith(f"usage: {script}.py [-h]")
    assert project.run(f"{script}.py", "--no-such").returncode == 2


# Tables that were edited by hand.

RUNS = [
    ("b1", "S", "A", 0.8, 10.0, 3.0),
    ("b1", "S", "B", 0.4, 2.0, 4.0),
    ("b2", "S", "A", 0.5, 4.0, 5.0),
    ("b2", "S", "B", 0.6, None, None),
]


@pytest.fixture(scope="module")
def unedited(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("unedited") / "project")
    project.write_runs(RUNS)
    project.run_well("run_pipeline.py", "--only", *TABLE_STAGES)
    return project


@pytest.fixture
def edited(unedited, tmp_path):
    """A project with tables, and a way to replace text in one of them."""
    project = unedited.copy_to(tmp_path / "edited")

    def edit(name, old, new):
        path = project.tables / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    project.edit = edit
    return project


@pytest.mark.parametrize(
    ("table", "old", "new", "script", "expected"),
    [
        (
            "cleaned_all_metrics.csv",
            ",0.4,",
            ",40,",
            "win_rates.py",
            "line 3, column accuracy holds '40', expected a number from 0 to 1: mend it or run "
            "generate_cleaned_dataset.py, which makes it.",
        ),
        (
            "cleaned_all_metrics.csv",
            ",10.0,",
            ",-1,",
            "cost_accuracy_curve.py",
            "line 2, column total_cost holds '-1', expected a number from 0 to 1e12, or an empty "
            "cell: mend it or run generate_cleaned_dataset.py, which makes it.",
        ),
        (
            "cleaned_all_metrics.csv",
            "\nb2,",
            "\n ,",
            "check_data.py",
            "holds ' ', expected a name: mend it or run generate_cleaned_dataset.py, which makes ",
        ),
        (
            "pareto_distances.csv",
            "\nB,b1,",
            "\n\n,,\nA,b1,",
            "win_rates.py",
            "line 5, model_name_short 'A', benchmark_name 'b1' stands there a second time: mend it "
            "or run cost_accuracy_curve.py, which makes it.",
        ),
        (
            "model_win_rates_max.csv",
            "\nB,",
            "\nA,",
            "convex_hull.py",
            "line 3, model_name_short 'A' stands there a second time: mend it or run win_rates.py",
        ),
        (
            "pareto_distances.csv",
            ",True,",
            ",yes,",
            "win_rates.py",
            "line 2, column pareto_optimal holds 'yes', expected True or False: mend it or run ",
        ),
        (
            "benchmark_win_rates_max.csv",
            "\nA,b2",
            "\nA,b3",
            "visualizations.py",
            "line 3, model_name_short 'A', benchmark_name 'b3' is in no line of "
            "data/cleaned_all_metrics.csv: run win_rates.py again, which makes it.",
        ),
    ],
)
def test_a_table_edited_by_hand(edited, table, old, new, script, expected):
    edited.edit(table, old, new)
    message = edited.fail(script)
    assert message.startswith(f"data/{table}, line ")
    assert expected in message


@pytest.mark.parametrize(
    ("old", "new", "script", "expected"),
    [
        (",A,0.8,", ",C,0.8,", "win_rates.py", "data/pareto_distances.csv, line 2, model_name_sh"),
        (",0.8,", ",0.9,", "win_rates.py", "data/pareto_distances.csv, line 2, model_name_short "),
        (
            ",0.6,,",
            ",0.6,7,",
            "win_rates.py",
            "data/pareto_distances.csv lacks model_name_short 'B",
        ),
        (",A,0.8,", ",C,0.8,", "convex_hull.py", "data/model_win_rates_max.csv lacks model_name_s"),
        (",0.8,", ",0.9,", "visualizations.py", "data/pareto_distances.csv, line 2, model_name_sh"),
    ],
)
def test_a_dataset_edited_by_hand_shows_tables_that_are_old(edited, old, new, script, expected):
    edited.edit("cleaned_all_metrics.csv", old, new)
    message = edited.fail(script)
    assert message.startswith(expected)
    assert message.endswith("which makes it.")
    edited.run_well("run_pipeline.py", "--only", *TABLE_STAGES[1:])


def test_a_dataset_without_runs(edited):
    path = edited.tables / "cleaned_all_metrics.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n\n,,\n")
    for script in [*TABLE_STAGES, "visualizations"]:
        assert edited.fail(f"{script}.py") == (
            "data/cleaned_all_metrics.csv holds no runs: run generate_cleaned_dataset.py, which "
            "makes it."
        )


def test_a_table_saved_with_semicolons(edited):
    path = edited.tables / "cleaned_all_metrics.csv"
    path.write_text(path.read_text().replace(",", ";"))
    assert edited.fail("win_rates.py").startswith(
        "data/cleaned_all_metrics.csv has no column agent_name but "
    )


CELLS = st.text(max_size=8) | st.floats().map(str) | st.sampled_from(["", "A", "True", "1", "0.5"])


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5), garbage=st.binary(max_size=9))
def test_any_table_is_read_or_refused_in_a_sentence(tmp_path_factory, rows, garbage):
    """Of a table with a name, an amount and a flag."""
    folder = tmp_path_factory.getbasetemp()
    columns = {"model_name_short": tables.NAME, "cost": tables.AMOUNT, "flag": tables.FLAG}
    path = folder / "any.csv"
    frame = pd.DataFrame(rows, columns=list(columns), dtype=str)
    path.write_bytes(frame.to_csv(index=False).encode("utf-8", "replace") + garbage)
    old = tables.config.TABLES_DIR
    tables.config.TABLES_DIR = folder
    tables.TABLES["any.csv"] = tables.Table("some.py", columns, key=("model_name_short",))
    try:
        read = tables.read_table("any.csv")
    except SystemExit as error:
        sentence = str(error)
        assert "any.csv" in sentence and sentence.endswith("which makes it.")
    else:
        assert read.cost.between(0, 1e12).all()
        assert read.model_name_short.is_unique and (read.model_name_short != "").all()
        if not garbage:
            kept = [row for row in rows if any(row)]
            assert read.cost.tolist() == [float(cost) for _, cost, _ in kept]
            assert read.model_name_short.tolist() == [names.clean_text(name) for name, *_ in kept]
    finally:
        tables.config.TABLES_DIR = old
        del tables.TABLES["any.csv"]


@given(st.lists(st.text(st.sampled_from("='+-@\uff1d ab,\n"), max_size=4), min_size=1))
def test_texts_survive_a_table(tmp_path_factory, texts):
    old = tables.config.TABLES_DIR
    tables.config.TABLES_DIR = tmp_path_factory.getbasetemp() / "texts"
    tables.TABLES["texts.csv"] = tables.Table("some.py", {"x": tables.TEXT, "y": tables.FLAG})
    try:
        tables.write_table(pd.DataFrame({"x": texts, "y": True}), "texts.csv")
        assert tables.read_table("texts.csv").x.tolist() == texts
        cells = pd.read_csv(files.path_of("texts.csv"), dtype=str, keep_default_na=False).x
        assert not any(cell[:1] in list("=+-@\uff1d") for cell in cells)
    finally:
        tables.config.TABLES_DIR = old
        del tables.TABLES["texts.csv"]
