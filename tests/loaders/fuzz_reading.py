"""Coverage-guided search for bytes that crash the reader of traces.

    .venv/bin/python -m pip install -r requirements-fuzz.txt
    .venv/bin/python tests/loaders/fuzz_reading.py -max_total_time=600

Options are those of libFuzzer. The search stops at the first input that fails `check` and writes it
to tests/loaders/crashes/, so that test_traces.py tests it from then on.
"""

import dataclasses
import functools
import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRASHES = HERE / "crashes"


@functools.cache
def path_with_suffix(suffix):
    return Path(tempfile.mkdtemp(prefix="fuzz_")) / f"a_UPLOAD{suffix}"


def check(data):
    """Read a trace made of some bytes; the first byte selects the type of file.

    0: a plain file; 1: a zip file; 2: the member of a zip file; 3: the text of an encrypted trace.

    Raises
    ------
    AssertionError
        If the values differ from those of Python's json module, or are out of range.
    Exception
        If the reader raises anything but TraceError.
    """
    from trace_files import encrypt, write_zip

    from hal_analysis.loaders import encrypted, traces

    file_type, data = data[:1], data[1:]
    path = path_with_suffix(".json" if file_type in (b"", b"\0") else ".zip")
    if file_type in (b"\2", b"\3"):
        iterations = encrypted.KEY_ITERATIONS
        member = encrypt(data, iterations=iterations) if file_type == b"\3" else data
        write_zip(path, {"a_UPLOAD.json.encrypted": member})
    else:
        path.write_bytes(data)
    try:
        trace = traces.read_trace(path)
    except traces.TraceError as error:
        assert str(error).isprintable(), error
        trace = None
    if file_type in (b"", b"\0", b"\3"):
        expected = read_with_json(data)
        if expected is not None:
            sections = trace and {key: trace[key] for key in expected}
            assert json.dumps(sections) == json.dumps(expected)
    if trace is not None:
        try:
            run = traces.parse_run(trace)
        except traces.TraceError as error:
            assert str(error).isprintable(), error
        else:
            assert 0 <= run.accuracy <= 1
            json.dumps(dataclasses.asdict(run)).encode()


def read_with_json(data):
    """Return `config` and `results` as the json module reads them, or None if it cannot.

    Documents with duplicate keys give None: the reader skips those whose duplicates it reads, the
    json module uses the last value.
    """
    keys = []

    def members(pairs):
        keys.append([key for key, _ in pairs])
        return dict(pairs)

    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=members)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or any(len(k) != len(set(k)) for k in keys):
        return None
    sections = {key: document.get(key) for key in ("config", "results")}
    return sections if all(isinstance(value, dict) for value in sections.values()) else None


def seeds():
    """Return valid inputs of each type to start from."""
    from trace_files import GOOD, encrypt, write_zip

    text = json.dumps(GOOD).encode()
    late = json.dumps({"raw": [["x", {"y": 1.5e-3}], "\u6a21\n"]} | GOOD, indent=1).encode()
    zipped = path_with_suffix(".zip")
    write_zip(zipped, {"a_UPLOAD.json.encrypted": encrypt(text, iterations=1)})
    return [
        b"\0" + text,
        b"\0" + late,
        b"\1" + zipped.read_bytes(),
        b"\2" + encrypt(text, iterations=1).encode(),
        b"\3" + late,
    ]


def main():
    sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]
    import atheris
    import fuzzing

    with atheris.instrument_imports(include=["hal_analysis"]):
        from hal_analysis.loaders import encrypted, json_stream, traces, zip_members
    # Short chunks, so that short inputs arrive in several, and a key that takes no time.
    traces.FIRST_CHUNK_SIZE, traces.CHUNK_SIZE, zip_members.CHUNK_SIZE = 16, 64, 64
    encrypted.SHORT_SIZE, encrypted.END_SIZE = 0, 64  # also short members are read by their ends
    json_stream.MAX_WHOLE_LENGTH, encrypted.HEAD_SIZE, encrypted.KEY_ITERATIONS = 40, 200, 1
    fuzzing.search(check, seeds(), CRASHES, "-max_len=4096")


if __name__ == "__main__":
    main()
