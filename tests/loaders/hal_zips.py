"""Zip files as HAL makes them, of any size and with any compressor, and the runs in them."""

import base64
import json
import random
import zipfile
import zlib

from cryptography.fernet import Fernet
from isal import isal_zlib
from trace_files import PASSWORD, derive_key
from zlib_ng import zlib_ng

from hal_analysis.loaders import parsing

COMPRESSORS = {"zlib": zlib, "isal": isal_zlib, "zlib-ng": zlib_ng}
WORDS = [
    "the",
    "agent",
    "reads",
    "Ünï",
    "模型",
    "\U0001f600",
    "\\",
    '"quoted"',
    "total_usage",
    "\t",
]
USAGE = {
    "gpt-x": {"prompt_tokens": 1200, "completion_tokens": 34, "requests": 5},
    "claude-x": {
        "input_tokens": 7,
        "output_tokens": 8,
        "input_tokens_cache_read": 9000,
        "input_tokens_cache_write": 100,
    },
}
BENCHMARKS = ("gaia", "assistantbench", "replicatorbench_hard", "colbench_backend_x", "scicode")


def make_trace(rng, size, n_tasks=20, n_raw=0, usage=USAGE, last=None, benchmark=None):
    """Return a trace in the order of HAL's keys with logs of at least `size` characters.

    `n_raw` is the length of the explanations in the raw results.
    """
    benchmark = benchmark or rng.choice(BENCHMARKS)
    tasks = [f"task-{n:03}" for n in range(n_tasks)]
    scores = {task: rng.random() < 0.5 for task in tasks}
    results = {
        "accuracy": rng.random(),
        "total_cost": rng.random() * 100,
        "latencies": {task: {"total_time": rng.random() * 900} for task in tasks},
    }
    raw = {task: {"score": score, "explanation": "x" * n_raw} for task, score in scores.items()}
    if benchmark == "assistantbench":
        raw = {"scores": [rng.random() for _ in tasks], "answers": "y" * n_raw}
    elif benchmark.startswith("replicatorbench"):
        del results["accuracy"]
        raw = {task: {"correct": score} for task, score in scores.items()}
        raw["overall_score"] = rng.random()
    elif benchmark.startswith("colbench"):
        raw = [rng.random() for _ in tasks]
    elif benchmark == "scicode":
        results["successful_tasks"] = [task for task in tasks if scores[task]]
        results["failed_tasks"] = [task for task in tasks if not scores[task]]
    text = " ".join(rng.choices(WORDS, k=200))
    logs = {
        str(n): {"text": text, "id": rng.random(), "total_usage": {"m": {"prompt_tokens": n}}}
        for n in range(size // len(json.dumps(text)) + 1)
    }
    settings = {
        "agent_name": f"Scaffold ünï (openai/gpt-{rng.randrange(10**6)})",
        "benchmark_name": benchmark,
        "date": f"2026-0{rng.randrange(1, 10)}-01",
        "run_id": f"run_{rng.randrange(10**9)}",
        "agent_args": {"model_name": f"openai/gpt-{rng.randrange(10**6)}"},
        "run_command": "hal-eval " + " ".join(rng.choices(WORDS, k=30)),
    }
    trace = {
        "config": settings,
        "results": results,
        "raw_eval_results": raw,
        "raw_logging_results": logs,
        "total_usage": usage,
        "total_cost": results["total_cost"],
        "git_info": {"commit": f"{rng.getrandbits(160):040x}", "message": "Fix 模型"},
    }
    if usage is None:
        del trace["total_usage"]
    return trace | (last or {})


def encrypt(plain, rng, iterations):
    """Return the member of an encrypted trace as HAL's harness makes it, with a salt of its own."""
    salt = rng.randbytes(16)
    key = derive_key("sha256", PASSWORD, salt, iterations)
    fernet = Fernet(base64.urlsafe_b64encode(key))
    token = fernet._encrypt_from_parts(plain, 1_700_000_000, rng.randbytes(16))
    member = b'{"encrypted_data": "' + base64.b64encode(token) + b'", "salt": "'
    return member + base64.b64encode(salt) + b'"}'


def write_zip(path, members, compressor="zlib", level=6):
    """Write a zip file by `zipfile` with one of the compressors."""
    default = zipfile._get_compressor
    module = COMPRESSORS[compressor]
    level = min(level, 3) if compressor == "isal" else level
    zipfile._get_compressor = lambda *_: module.compressobj(level, zlib.DEFLATED, -15)
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    finally:
        zipfile._get_compressor = default


def write_trace(path, trace, rng, iterations, order="only", **options):
    """Write an encrypted trace; `order` says where raw submissions stand, if any."""
    stem = path.name.removesuffix(".zip")
    member = {f"{stem}.json.encrypted": encrypt(json.dumps(trace).encode(), rng, iterations)}
    submissions = {f"{stem}_RAW_SUBMISSIONS.jsonl.encrypted": rng.randbytes(rng.randrange(99_999))}
    members = {"only": member, "first": member | submissions, "last": submissions | member}
    write_zip(path, members[order], **options)


def expected_run(trace):
    """Return the run of a trace that the json module has read as a whole."""
    return parsing.parse_run(json.loads(json.dumps(trace)))


def random_trace(n):
    """Return the number `n` of a reproducible series: size, trace, and how to write it."""
    rng = random.Random(n)
    size = int(2000 * 4000 ** rng.random())  # 2 KB to 8 MB
    n_tasks = int(4 * 10_000 ** rng.random()) if n % 10 == 0 else rng.choice((4, 20, 165, 500))
    trace = make_trace(rng, size, n_tasks, rng.choice((0, 0, 10, 1000)))
    options = {
        "order": rng.choice(("only", "first", "last")),
        "compressor": rng.choice((*COMPRESSORS, "zlib")),
        "level": rng.choice((1, 6, 9)),
    }
    return rng, trace, options
