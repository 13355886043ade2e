"""Encrypted traces that are read by their ends: equal to a full read, and safe against damage."""

import base64
import hashlib
import io
import json
import random
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor

import fuzz_ends
import hal_zips
import pytest
from trace_files import changed

from hal_analysis.loaders import encrypted, traces
from hal_analysis.loaders.encrypted import BY_ENDS, BY_LONGER_ENDS, SHORT, WHOLE

pytestmark = pytest.mark.usefixtures("_fast_key")
ENDS = (BY_ENDS, BY_LONGER_ENDS)
MEMBER = "a_UPLOAD.json.encrypted"
ENTRY_SIGNATURE = b"PK\1\2"  # of the directory of a zip file


@pytest.fixture
def _fast_key(monkeypatch):
    monkeypatch.setattr(encrypted, "KEY_ITERATIONS", 1)


@pytest.fixture
def zip_path(tmp_path):
    return tmp_path / "a_UPLOAD.zip"


def make_trace(size=400_000, benchmark="gaia", **options):
    return hal_zips.make_trace(random.Random(0), size, benchmark=benchmark, **options)


def write(path, trace, **options):
    hal_zips.write_trace(path, trace, random.Random(0), iterations=1, **options)


def read(path, verify=False):
    """Return the run, or the reason why there is none, and how the file was read."""
    result = traces.read_run([path], verify)
    return result.run or result.failures[0][1], result.how


class CountingFile(io.FileIO):
    n_bytes = 0

    def read(self, size=-1):
        content = super().read(size)
        self.n_bytes += len(content)
        return content


# Equality.


@pytest.mark.parametrize(
    ("options", "ways"),
    [
        ({}, ENDS),
        ({"level": 9}, ENDS),
        ({"level": 1}, (BY_LONGER_ENDS,)),
        ({"compressor": "isal", "level": 3}, ENDS),
        ({"compressor": "zlib-ng"}, ENDS),
        ({"compressor": "zlib-ng", "level": 1}, (WHOLE,)),
        ({"order": "first"}, ENDS),
        ({"order": "last"}, ENDS),
    ],
)
def test_run_is_that_of_the_whole_trace(zip_path, options, ways):
    for benchmark in ("gaia", "replicatorbench_hard"):
        trace = make_trace(benchmark=benchmark)
        write(zip_path, trace, **options)
        run, how = read(zip_path)
        assert run == hal_zips.expected_run(trace)
        assert how in ways
        assert read(zip_path, verify=True) == (hal_zips.expected_run(trace), WHOLE)


def test_short_trace_is_read_whole(zip_path):
    trace = make_trace(size=5000)
    write(zip_path, trace)
    assert read(zip_path) == (hal_zips.expected_run(trace), SHORT)


@pytest.mark.parametrize("n_raw", [10, 20_000])
def test_raw_results_of_any_length_are_read(zip_path, n_raw):
    trace = make_trace(n_raw=n_raw)
    write(zip_path, trace)
    run, how = read(zip_path)
    assert (run, how) == (hal_zips.expected_run(trace), BY_ENDS)
    assert len(run.task_scores) == 20


def test_tokens_far_from_the_end_are_left_empty_in_both_ways(zip_path):
    trace = make_trace(last={"wall_clock_times": dict.fromkeys(map(str, range(9999)), 1.5)})
    write(zip_path, trace)
    runs = [read(zip_path, verify)[0] for verify in (False, True)]
    assert runs[0] == runs[1]
    assert runs[0].prompt_tokens is None


def test_trace_without_usage(zip_path):
    trace = make_trace(usage=None)
    write(zip_path, trace)
    run, how = read(zip_path)
    assert (run.prompt_tokens, how) == (None, BY_ENDS)


def test_bytes_that_are_read_do_not_depend_on_the_size(zip_path):
    n_bytes = []
    for size in (1_000_000, 4_000_000):
        write(zip_path, make_trace(size))
        with CountingFile(zip_path) as file:
            traces._read_encrypted(file, verify=False)
            n_bytes.append(file.n_bytes)
    assert max(n_bytes) < 400_000


# Zip files of another form.


def member_of(trace, salt_first=False):
    content = hal_zips.encrypt(json.dumps(trace).encode(), random.Random(0), 1)
    if salt_first:
        values = json.loads(content)
        content = json.dumps({"salt": values["salt"], "encrypted_data": values["encrypted_data"]})
    return content


def test_stored_member_and_salt_before_the_data_are_named(zip_path):
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(MEMBER, member_of(make_trace()))
    assert read(zip_path)[0].endswith("has a zip password or is not compressed by deflate")
    hal_zips.write_zip(zip_path, {MEMBER: member_of(make_trace(), salt_first=True)})
    assert read(zip_path)[0].endswith("is not an object of encrypted_data and salt")


def test_zip64_and_data_descriptors_are_read(zip_path):
    trace = make_trace()
    with (
        zipfile.ZipFile(zip_path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(MEMBER, "w", force_zip64=True) as member,
    ):
        member.write(member_of(trace))
    assert read(zip_path) == (hal_zips.expected_run(trace), BY_ENDS)

    class Stream(io.RawIOBase):
        """A file that cannot seek, so sizes stand behind the data."""

        def __init__(self):
            self.content = b""

        def writable(self):
            return True

        def write(self, data):
            self.content += data
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, member_of(trace))
    zip_path.write_bytes(stream.content)
    assert read(zip_path) == (hal_zips.expected_run(trace), BY_ENDS)


def test_other_order_of_keys_is_read_whole(zip_path):
    trace = make_trace()
    for order in (["results", "config"], ["raw_logging_results", "config", "results"]):
        write(zip_path, {key: trace[key] for key in [*order, *trace]})
        run, how = read(zip_path)
        assert (run.accuracy, how) == (trace["results"]["accuracy"], WHOLE)


# Damage.


def damage(path, position, bit=0x10):
    content = bytearray(path.read_bytes())
    content[position] ^= bit
    path.write_bytes(content)


def test_damage_in_the_middle_has_no_influence_and_is_named_by_verify(zip_path):
    trace = make_trace(2_000_000)
    write(zip_path, trace)
    damage(zip_path, zip_path.stat().st_size // 2)
    assert read(zip_path) == (hal_zips.expected_run(trace), BY_ENDS)
    assert read(zip_path, verify=True)[0].startswith("damaged zip file: ")


@pytest.mark.parametrize("benchmark", ["gaia", "replicatorbench_hard"])
def test_damage_of_raw_results_is_named(zip_path, benchmark):
    """The raw results are long, so the bytes 30,000 to 60,000 of the file are theirs."""
    trace = make_trace(n_raw=20_000, benchmark=benchmark)
    if benchmark.startswith("replicatorbench"):
        trace["raw_eval_results"] = {"x": "y" * 99_999, "overall_score": 0.25}
    write(zip_path, trace)
    for position in range(30_000, 60_000, 6000):
        damage(zip_path, position)
        reason, _ = read(zip_path)
        assert isinstance(reason, str)
        assert reason.startswith("damaged zip file: ")
        damage(zip_path, position)


def test_damaged_bytes_never_give_another_run(zip_path):
    """Bytes of both ends: the head, the tail, the salt, and the directory."""
    trace = make_trace()
    write(zip_path, trace)
    expected, size = hal_zips.expected_run(trace), zip_path.stat().st_size
    rng = random.Random(0)
    positions = [rng.randrange(60_000) for _ in range(25)]
    positions += [size - 1 - rng.randrange(100_000) for _ in range(25)]
    positions += [size - 1 - n for n in range(0, 260, 5)]
    n_skipped = 0
    for position in positions:
        bit = 1 << rng.randrange(8)
        damage(zip_path, position, bit)
        run, _ = read(zip_path)
        n_skipped += isinstance(run, str)
        assert isinstance(run, str) or run == expected, position
        damage(zip_path, position, bit)
    assert 50 < n_skipped < len(positions)


@pytest.mark.parametrize("key", ["config", "results"])
def test_damage_of_the_initialization_vector_is_named(zip_path, key):
    """It changes single letters of the first block, in which no other byte shows the damage.

    The first keys are those of HAL, or a cost, which a run need not have.
    """
    trace = make_trace()
    trace["results"] = {"total_cost": 1.5, **trace["results"]}
    content = hal_zips.encrypt(json.dumps({key: 0, **trace} | trace).encode(), random.Random(0), 1)
    token = bytearray(
        base64.urlsafe_b64decode(base64.b64decode(json.loads(content)["encrypted_data"]))
    )
    token[9 + 14] ^= 1  # changes the letter 14 of the text
    data = base64.b64encode(base64.urlsafe_b64encode(token))
    start = len(b'{"encrypted_data": "')
    changed = content[:start] + data + content[start + len(data) :]
    hal_zips.write_zip(zip_path, {MEMBER: content})
    crc = zipfile.ZipFile(zip_path).getinfo(MEMBER).CRC
    hal_zips.write_zip(zip_path, {MEMBER: changed})
    content = bytearray(zip_path.read_bytes())
    for position in (14, content.rindex(ENTRY_SIGNATURE) + 16):
        struct.pack_into("<I", content, position, crc)
    zip_path.write_bytes(content)
    assert read(zip_path)[0].startswith("damaged zip file: ")


@pytest.mark.parametrize("offset", [20, 24])
@pytest.mark.parametrize("change", [-1, 1, -256, 16, 4096])
def test_trace_with_wrong_sizes_in_the_directory_is_read_whole(zip_path, offset, change):
    """Offset 20 is the compressed size, which may be too large, and 24 the size."""
    trace = make_trace()
    write(zip_path, trace)
    content = bytearray(zip_path.read_bytes())
    position = content.rindex(ENTRY_SIGNATURE) + offset
    (size,) = struct.unpack_from("<I", content, position)
    struct.pack_into("<I", content, position, size + change)
    zip_path.write_bytes(content)
    run, how = read(zip_path)
    if offset == 20 and change > 0:
        assert (run, how) == (hal_zips.expected_run(trace), WHOLE)
    else:
        assert run.startswith("damaged zip file: ")


def test_trace_that_was_cut_before_it_was_zipped_is_named(zip_path):
    hal_zips.write_zip(zip_path, {MEMBER: member_of(make_trace())[:-100_000]})
    assert read(zip_path)[0].endswith("is not an object of encrypted_data and salt")


def test_wrong_password_is_named_without_reading_the_whole_file(zip_path, monkeypatch):
    write(zip_path, make_trace(2_000_000))
    monkeypatch.setattr(encrypted, "PASSWORD", b"another")
    encrypted._derive_key.cache_clear()
    with CountingFile(zip_path) as file, pytest.raises(encrypted.WrongPasswordError):
        traces._read_encrypted(file, verify=False)
    assert file.n_bytes < 400_000
    assert "the password is not HAL's" in read(zip_path)[0]


def test_same_salt_is_derived_once(tmp_path, monkeypatch):
    salts = []
    derive = hashlib.pbkdf2_hmac
    for name in ("a_UPLOAD.zip", "b_UPLOAD.zip"):
        write(tmp_path / name, make_trace())
    encrypted._derive_key.cache_clear()
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", lambda *args: salts.append(args) or derive(*args))
    with ThreadPoolExecutor(4) as executor:
        paths = [tmp_path / "a_UPLOAD.zip", tmp_path / "b_UPLOAD.zip"] * 4
        assert all(executor.map(lambda path: traces.read_run([path]).run, paths))
    assert len(salts) == 1


# Inputs of the coverage-guided search.

INPUTS = {f"seed {i}": data for i, data in enumerate(fuzz_ends.SEEDS)} | {
    path.name: path.read_bytes() for path in sorted(fuzz_ends.CRASHES.glob("*"))
}


@pytest.fixture
def short_ends(monkeypatch):
    """Read short traces by their ends, too."""
    monkeypatch.setattr(encrypted, "SHORT_SIZE", 0)
    monkeypatch.setattr(encrypted, "END_SIZE", 512)


@pytest.mark.parametrize("name", INPUTS)
def test_input_of_the_search(short_ends, name):
    fuzz_ends.check(INPUTS[name])


def test_search_detects_another_run(short_ends, monkeypatch):
    read = traces.read_trace
    trace = changed(results__accuracy=0.5)
    monkeypatch.setattr(
        traces, "read_trace", lambda path, verify: read(path, verify) if verify else trace
    )
    with pytest.raises(AssertionError):
        fuzz_ends.check(fuzz_ends.SEEDS[2])
