"""Compare reading a trace by this project with a baseline, each time in a new process.

    python benchmarks/read_traces.py --plain 20 200 1000 --late 200 --encrypted 100

The traces are generated; sizes are MB of plain JSON. `plain` traces have HAL's order of keys,
`late` traces have config and results at the end, and `encrypted` traces are zip files as HAL
publishes them. The baseline is json.load for plain files. For encrypted files it decrypts, writes
the plain file and loads it with json.load. Both must return the same values. Seconds are the median
of --repeat runs with the file in the disk cache. `key` is the time of PBKDF2 alone, measured in the
same process. Memory is the increase of the peak during reading, and `read` the bytes that were read
(Linux). With --verify, encrypted traces are read whole.
"""

import argparse
import base64
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from cryptography.fernet import Fernet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hal_analysis.loaders.traces import read_trace

MB = 10**6
PASSWORD = b"hal1234"
TEXT = """the agent calls a tool to list the files in the repository, reads the traceback that it
prints and edits the function which fails because of an empty list"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = "(default: %(default)s)"
    parser.add_argument(
        "--plain", type=float, nargs="*", default=[20, 200], metavar="MB", help=f"order {default}"
    )
    parser.add_argument(
        "--late",
        type=float,
        nargs="*",
        default=[200],
        metavar="MB",
        help=f"keys at the end {default}",
    )
    parser.add_argument(
        "--encrypted",
        type=float,
        nargs="*",
        default=[100],
        metavar="MB",
        help=f"encrypted, size of the plain text {default}",
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help=f"number of runs; the median is reported {default}"
    )
    parser.add_argument("--verify", action="store_true", help="read encrypted traces whole")
    parser.add_argument("--one", nargs=2, metavar=("SIDE", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        side, path = options.one
        print(json.dumps(measure(SIDES[side], Path(path))))
        return
    SIDE_NAMES[0] = "verify" if options.verify else "project"
    print(
        f"{'trace':<20}{'seconds':>9}{'key':>7}{'baseline':>10}{'ratio':>8}"
        f"{'memory MB':>11}{'baseline MB':>13}{'read KB':>11}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("plain", "late", "encrypted"):
            for size in getattr(options, kind):
                path = Path(folder, f"{kind}_{size:g}_UPLOAD.json")
                write_trace(path, size * MB, late=kind == "late")
                if kind == "encrypted":
                    path = encrypt_in_another_process(path)
                compare(f"{kind}, {size:g} MB", path, options.repeat)
                path.unlink()


def write_trace(path, size, late):
    """Write a trace with at least `size` bytes of logs, which look like calls recorded by Weave."""
    rng = random.Random(0)
    parts = {
        "config": {
            "agent_name": "Some Scaffold (gpt-4.1)",
            "benchmark_name": "gaia",
            "agent_args": {"model_name": "gpt-4.1"},
        },
        "results": {
            "accuracy": 0.5,
            "latencies": {str(task): {"total_time": rng.random()} for task in range(165)},
        },
    }
    calls = [json.dumps(make_call(rng, number)) for number in range(300)]
    wanted = json.dumps(parts)[1:-1]
    usage = {"gpt-4.1": {"prompt_tokens": 123_456, "completion_tokens": 7890}}
    with path.open("w", encoding="utf-8") as file:
        file.write("{" + ("" if late else wanted + ", ") + '"raw_logging_results": [')
        written = file.write(calls[0])
        while written < size:
            written += file.write(", " + rng.choice(calls))
        end = f', "total_usage": {json.dumps(usage)}, "total_cost": 1.5}}'
        file.write("]" + (", " + wanted if late else "") + end)


def make_call(rng, number):
    def text(words):
        return " ".join(rng.choices(TEXT.split(" "), k=words))

    roles = [("system", 120), ("user", 200), ("assistant", 80), ("user", 250)]
    return {
        "weave_task_id": str(number),
        "id": f"{rng.getrandbits(128):032x}",
        "started_at": "2025-05-01T12:00:00.000000Z",
        "inputs": {
            "model": "gpt-4.1",
            "messages": [{"role": role, "content": text(words)} for role, words in roles],
        },
        "output": {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text(120)}}],
            "usage": {"prompt_tokens": rng.randrange(9999), "completion_tokens": 7, "cached": None},
            "score": float("nan") if number % 100 == 0 else rng.random(),
        },
    }


def encrypt(plain, salt, password=PASSWORD, rounds=480_000):
    """Return the member of an encrypted trace as HAL's harness makes it."""
    key = hashlib.pbkdf2_hmac("sha256", password, salt, rounds)
    token = Fernet(base64.urlsafe_b64encode(key)).encrypt(plain)
    parts = {"encrypted_data": token, "salt": salt}
    return json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def encrypt_in_another_process(path):
    """Replace a trace by an encrypted zip file without using memory of this process."""
    zip_path = path.with_suffix(".zip")
    if os.fork() == 0:
        member = encrypt(path.read_bytes(), salt=b"0123456789abcdef")
        write_zip(zip_path, {f"{path.name}.encrypted": member})
        os._exit(0)
    os.wait()
    path.unlink()
    return zip_path


def compare(name, path, repeat):
    """Measure both sides alternately, each time in a new process, and print a row."""
    runs = {side: [] for side in SIDE_NAMES}
    for _ in range(repeat):
        for side in SIDE_NAMES:
            command = [sys.executable, __file__, "--one", side, str(path)]
            runs[side].append(json.loads(subprocess.check_output(command)))
    assert len({run["digest"] for side in SIDE_NAMES for run in runs[side]}) == 1
    seconds, baseline_seconds = (
        statistics.median(run["seconds"] for run in runs[side]) for side in SIDE_NAMES
    )
    memory, baseline_memory = (max(run["bytes"] for run in runs[side]) / MB for side in SIDE_NAMES)
    project = runs[SIDE_NAMES[0]]
    key_seconds = statistics.median(run["key_seconds"] for run in project)
    n_read = max(run["read"] for run in project) / 1000
    print(
        f"{name:<20}{seconds:>9.4f}{key_seconds:>7.3f}{baseline_seconds:>10.2f}"
        f"{baseline_seconds / seconds:>8.1f}{memory:>11.1f}{baseline_memory:>13.0f}{n_read:>11.0f}",
        flush=True,
    )


def measure(read, path):
    before, n_before = peak_memory(), bytes_read()
    start = time.perf_counter()
    parts = read(path)
    seconds = time.perf_counter() - start
    memory, n_read = peak_memory() - before, bytes_read() - n_before
    start = time.perf_counter()
    if path.suffix == ".zip":
        hashlib.pbkdf2_hmac("sha256", PASSWORD, b"0123456789abcdef", 480_000)
    key_seconds = time.perf_counter() - start
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    result = {"seconds": seconds, "key_seconds": key_seconds, "digest": digest}
    return result | {"bytes": memory, "read": n_read}


def bytes_read():
    """Return how many bytes this process has read from files."""
    return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])


def peak_memory():
    """Return the peak resident memory of this process in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def read_baseline(path):
    if path.suffix == ".zip":
        path = decrypt_to_file(path)
    with path.open(encoding="utf-8") as file:
        trace = json.load(file)
    return {part: trace[part] for part in ("config", "results", "total_usage")}


def decrypt_to_file(path):
    with zipfile.ZipFile(path) as archive:
        member = json.loads(archive.read(archive.namelist()[0]))
    salt = base64.b64decode(member["salt"])
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD, salt, 480_000)
    token = base64.b64decode(member["encrypted_data"])
    plain = Fernet(base64.urlsafe_b64encode(key)).decrypt(token)
    plain_path = path.with_suffix(".decrypted.json")
    # The harness also parses the text and writes it with an indent of two.
    with plain_path.open("w", encoding="utf-8") as file:
        json.dump(json.loads(plain), file, indent=2)
    return plain_path


def read_and_verify(path):
    return read_trace(path, verify=True)


SIDES = {"project": read_trace, "verify": read_and_verify, "baseline": read_baseline}
SIDE_NAMES = ["project", "baseline"]

if __name__ == "__main__":
    main()
