"""Read a remote folder of encrypted traces, and compare it with the local folder.

    python benchmarks/read_remote.py --zips 200 --megabytes 20

The traces are generated. A web server on this machine serves them with a delay for each request: by
index pages, and by a stand-in for the API of the hub, which the real client reads. The server
counts requests and bytes. With --faults, it also closes every tenth connection in the middle and
answers every seventh request with status 429. All ways must give the same runs. `keys` is the time
to derive one key for each trace on all cores, and nothing else.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "loaders"))

import hal_zips
from trace_server import serve

ROOT = Path(__file__).resolve().parent.parent
ITERATIONS = 480_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = "(default: %(default)s)"
    parser.add_argument("--zips", type=int, default=20, help=f"number of traces {default}")
    parser.add_argument(
        "--megabytes", type=float, default=20, help=f"size of each zip file {default}"
    )
    parser.add_argument("--delay", type=float, default=50, help=f"ms per request {default}")
    parser.add_argument("--faults", action="store_true", help="also measure with server faults")
    options = parser.parse_args()
    print(f"{'place':<22}{'seconds':>9}{'requests':>10}{'MB':>9}{'memory MB':>11}")
    with tempfile.TemporaryDirectory() as folder:
        traces = Path(folder, "traces")
        traces.mkdir()
        with ProcessPoolExecutor() as executor:
            sizes = [options.megabytes] * options.zips
            list(executor.map(write, [traces] * options.zips, range(options.zips), sizes))
        print(f"{'keys':<22}{derive_keys(options.zips):>9.1f}", flush=True)
        expected = read("local", traces, Path(folder, "local"))
        for faults in ({}, {"drops_every": 10, "limits_every": 7})[: 1 + options.faults]:
            for name in ("web server", "hub"):
                with serve(traces) as server:
                    server.delay = options.delay / 1000
                    vars(server).update(faults)
                    place = server.url if name == "web server" else "hf://datasets/org/traces"
                    label = f"{name}{', faults' if faults else ''}"
                    found = read(label, place, Path(folder, label), server)
                assert found == expected


def write(folder, number, megabytes):
    rng = random.Random(number)
    # Two layers of base64, deflated, take 1.35 times the text.
    trace = hal_zips.make_trace(rng, int(megabytes * 1e6 / 1.29), n_tasks=165, n_raw=20)
    hal_zips.write_trace(folder / f"{number:03}_UPLOAD.zip", trace, rng, ITERATIONS)


def derive_keys(n):
    start = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        salts = [i.to_bytes(16) for i in range(n)]
        list(executor.map(lambda s: hashlib.pbkdf2_hmac("sha256", b"x", s, ITERATIONS), salts))
    return time.perf_counter() - start


def read(label, place, tables, server=None):
    """Read a place in a new process, print a row, and return the runs."""
    command = [sys.executable, ROOT / "tests" / "loaders" / "remote_reader.py"]
    environment = os.environ | ({"HF_ENDPOINT": server.hub} if server else {})
    start = time.perf_counter()
    output = subprocess.check_output(
        [*command, str(place), str(tables), str(ITERATIONS)], env=environment
    )
    seconds = time.perf_counter() - start
    summary = json.loads(output)
    n_requests, n_bytes = (len(server.requests), server.n_bytes) if server else (0, 0)
    print(
        f"{label:<22}{seconds:>9.1f}{n_requests:>10}{n_bytes / 1e6:>9.1f}"
        f"{summary['memory'] / 1e6:>11.1f}  {summary['ways']}",
        flush=True,
    )
    return summary["traces"]


if __name__ == "__main__":
    main()
