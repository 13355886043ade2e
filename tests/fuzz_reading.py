"""Coverage-guided search for bytes that a reader of traces cannot stand.

    .venv/bin/python -m pip install -r requirements-fuzz.txt
    .venv/bin/python tests/fuzz_reading.py -max_total_time=600

Options are those of libFuzzer. It ends at the first input that `check` refuses and keeps it in
tests/crashes/, where test_reading.py finds it from then on.
"""

import functools
import json
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRASHES = HERE / "crashes"
SALT = bytes(range(16))


@functools.cache
def file_of(suffix):
    return Path(tempfile.mkdtemp(prefix="fuzz_")) / f"a_UPLOAD{suffix}"


def check(data):
    """Read a trace made of some bytes; the first says what kind of file.

    0 a plain file, 1 the bytes of a zip, 2 the member of a zip, 3 the text that is encrypted in it.

    Raises whatever the reader does but TraceError, and AssertionError if it gives something else
    than Python's json module does.
    """
    import encrypted
    import traces
    from benchmarks.read_traces import encrypt, write_zip

    kind, data = data[:1], data[1:]
    path = file_of(".json" if kind in (b"", b"\0") else ".zip")
    if kind in (b"\2", b"\3"):
        rounds = encrypted.KEY_ROUNDS
        member = encrypt(data, SALT, rounds=rounds) if kind == b"\3" else data
        write_zip(path, {"a_UPLOAD.json.encrypted": member})
    else:
        path.write_bytes(data)
    try:
        trace = traces.read_trace(path)
    except traces.TraceError as error:
        assert str(error).isprintable(), error
        trace = None
    if kind in (b"", b"\0", b"\3"):
        expected = whole(data)
        if expected is not None:
            assert json.dumps(trace) == json.dumps(expected)
    if trace is not None:
        try:
            figures = traces.run_figures(trace)
        except traces.TraceError as error:
            assert str(error).isprintable(), error
        else:
            assert 0 <= figures["accuracy"] <= 1
            json.dumps(figures).encode()


def whole(data):
    """`config` and `results` as the json module reads them; None where it or they do not fit.

    The reader takes the first of two equal keys and looks no further, the module the last.
    """
    keys = []

    def members(pairs):
        keys.append([key for key, _ in pairs])
        return dict(pairs)

    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=members)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or len(keys[-1]) != len(set(keys[-1])):
        return None
    parts = {key: document.get(key) for key in ("config", "results")}
    return parts if all(isinstance(part, dict) for part in parts.values()) else None


def seeds():
    """Inputs to start from: good ones of each kind."""
    from trace_files import GOOD

    from benchmarks.read_traces import encrypt, write_zip

    text = json.dumps(GOOD).encode()
    late = json.dumps({"raw": [["x", {"y": 1.5e-3}], "\u6a21\n"]} | GOOD, indent=1).encode()
    zipped = file_of(".zip")
    write_zip(zipped, {"a_UPLOAD.json.encrypted": encrypt(text, SALT, rounds=1)})
    return [
        b"\0" + text,
        b"\0" + late,
        b"\1" + zipped.read_bytes(),
        b"\2" + encrypt(text, SALT, rounds=1).encode(),
        b"\3" + late,
    ]


def main():
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    import atheris

    with atheris.instrument_imports(include=["traces", "json_stream", "encrypted", "names"]):
        import encrypted
        import json_stream
        import traces
    # Short pieces, so that short inputs come in several, and a key that takes no time.
    traces.FIRST_PIECE, traces.PIECE, encrypted.PIECE = 16, 64, 64
    json_stream.LONG, encrypted.KEPT_HEAD, encrypted.KEY_ROUNDS = 40, 200, 1
    corpus = Path(tempfile.mkdtemp(prefix="corpus_"))
    for number, seed in enumerate(seeds()):
        (corpus / str(number)).write_bytes(seed)
    CRASHES.mkdir(exist_ok=True)
    options = [f"-artifact_prefix={CRASHES}{os.sep}", "-max_len=4096", *sys.argv[1:], str(corpus)]
    atheris.Setup([sys.argv[0], *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
