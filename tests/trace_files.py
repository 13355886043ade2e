"""Small trace files for the tests."""

import base64
import functools
import hashlib
import json
import zipfile

from cryptography.fernet import Fernet

GOOD = {
    "config": {
        "agent_name": "Some Scaffold (openai/gpt-x-20260102)",
        "benchmark_name": "gaia",
        "date": "2026-01-03",
        "run_id": "gaia_1",
        "agent_args": {"model_name": "openai/gpt-x-20260102", "reasoning_effort": "low"},
        "run_command": "hal-eval --benchmark gaia",
    },
    "results": {
        "accuracy": 0.25,
        "total_cost": 1.5,
        "latencies": {
            "1": {"first_call_timestamp": "a", "last_call_timestamp": "b", "total_time": 2.0},
            "2": 5,
            "3": {"total_time": 0.0},
        },
    },
}
PASSWORD = b"hal1234"
SALT = bytes(range(16))


def changed(**fields):
    """Return the good trace with new values, as results__accuracy=0.5; ... removes a field."""
    trace = json.loads(json.dumps(GOOD))
    for name, value in fields.items():
        section, _, field = name.partition("__")
        if value is ...:
            del trace[section][field]
        else:
            trace[section][field] = value
    return trace


derive_key = functools.cache(hashlib.pbkdf2_hmac)


def encrypt(plain, salt=SALT, password=PASSWORD, iterations=480_000):
    """Return the member of an encrypted trace as HAL's harness makes it."""
    key = derive_key("sha256", password, salt, iterations)
    token = Fernet(base64.urlsafe_b64encode(key)).encrypt(plain)
    values = {"encrypted_data": token, "salt": salt}
    return json.dumps({name: base64.b64encode(value).decode() for name, value in values.items()})


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def write_trace(folder, name, trace):
    (folder / name).write_text(json.dumps(trace), encoding="utf-8")


def write_run(folder, benchmark, model, accuracy, cost, **fields):
    """Write the trace of a run of the generalist scaffold."""
    run_id = f"{benchmark} {model}"
    trace = changed(
        config__benchmark_name=benchmark,
        config__agent_name="HAL Generalist Agent",
        config__agent_args={"model_name": model},
        config__run_id=run_id,
        results__accuracy=accuracy,
        results__total_cost=cost,
        **fields,
    )
    write_trace(folder, f"{run_id}.json", trace)


def write_encrypted(folder, name, trace):
    member = encrypt(json.dumps(trace).encode())
    write_zip(folder / name, {name.replace(".zip", ".json.encrypted"): member})
