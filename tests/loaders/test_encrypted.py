"""Encrypted traces in zip files, and the reasons for unusable ones."""

import json
import struct
import tracemalloc
import zipfile

import pytest
from loader_helpers import (
    EXPECTED,
    LOGS,
    ORDERS,
    large_trace_text,
    peak_and_reason,
    trace_text,
)
from trace_files import SALT, encrypt, write_zip

from hal_analysis.loaders import encrypted, traces, zip_members

MEMBER = "a_UPLOAD.json.encrypted"
BAD_ZIP = "not a zip file, or truncated or damaged: "
ENTRY_SIGNATURE, END_SIGNATURE = b"PK\1\2", b"PK\5\6"  # of the directory of a zip file


@pytest.fixture
def zip_path(tmp_path):
    return tmp_path / "a_UPLOAD.zip"


@pytest.fixture
def _fast_key(monkeypatch):
    monkeypatch.setattr(encrypted, "KEY_ITERATIONS", 1)


def encrypt_fast(text):
    return encrypt(text.encode(), iterations=1)


def write_encrypted(path, text, **other_members):
    write_zip(path, {MEMBER: encrypt_fast(text)} | other_members)


def read_error(path):
    with pytest.raises(traces.TraceError) as error:
        traces.read_trace(path)
    return str(error.value)


def test_encrypted_trace(zip_path):
    write_zip(zip_path, {MEMBER: encrypt(trace_text().encode())})
    assert json.dumps(traces.read_trace(zip_path)) == EXPECTED


@pytest.mark.usefixtures("_fast_key")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("logs", LOGS)
def test_sections_are_read_in_every_order(zip_path, order, logs):
    write_encrypted(zip_path, trace_text(order, logs))
    assert json.dumps(traces.read_trace(zip_path)) == EXPECTED


@pytest.mark.usefixtures("_fast_key")
@pytest.mark.parametrize("order", ORDERS)
def test_trace_longer_than_the_head_in_memory(zip_path, monkeypatch, order):
    monkeypatch.setattr(zip_members, "CHUNK_SIZE", 701)
    monkeypatch.setattr(encrypted, "HEAD_SIZE", 1000)
    write_encrypted(zip_path, trace_text(order))
    assert json.dumps(traces.read_trace(zip_path)) == EXPECTED


@pytest.mark.usefixtures("_fast_key")
@pytest.mark.parametrize("name", [MEMBER, "traces/b_UPLOAD.json.encrypted"])
def test_trace_may_have_any_position_in_the_zip(zip_path, name):
    submissions = {"a_RAW_SUBMISSIONS.jsonl.encrypted": encrypt_fast("{}"), "README.txt": "hi"}
    member = {name: encrypt_fast(trace_text())}
    write_zip(zip_path, submissions | member)
    assert json.dumps(traces.read_trace(zip_path)) == EXPECTED
    write_zip(zip_path, member | submissions)
    assert json.dumps(traces.read_trace(zip_path)) == EXPECTED


@pytest.mark.slow
@pytest.mark.usefixtures("_fast_key")
def test_logs_before_the_sections_are_never_held_in_memory(zip_path):
    text = large_trace_text(24 * 10**6)
    document = json.loads(text)
    write_encrypted(zip_path, text)
    tracemalloc.start()
    trace = traces.read_trace(zip_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert trace == {section: document[section] for section in ("config", "results")}
    assert peak < 40 * 10**6


@pytest.mark.usefixtures("_fast_key")
@pytest.mark.parametrize("size", [64, 200, 1000])
def test_chunks_may_end_anywhere(zip_path, monkeypatch, size):
    monkeypatch.setattr(zip_members, "CHUNK_SIZE", size)
    content = "".join(map(chr, range(256))) * 8
    for n_spaces in range(0, 4000, 97):
        write_zip(zip_path, {MEMBER: " " * n_spaces + encrypt_fast(content)})
        with zip_path.open("rb") as file:
            assert b"".join(encrypted.decrypt_whole(file).chunks) == content.encode()


def test_nothing_is_written_to_disk(zip_path):
    write_zip(zip_path, {MEMBER: encrypt(trace_text().encode())})
    traces.read_trace(zip_path)
    assert list(zip_path.parent.iterdir()) == [zip_path]


# Reasons.


@pytest.mark.usefixtures("_fast_key")
@pytest.mark.parametrize("text", ["[1]", "<html>404</html>"])
def test_reason_for_a_text_that_is_not_an_object(zip_path, text):
    write_encrypted(zip_path, text)
    assert read_error(zip_path) == f"not a JSON object: starts with {text!r}, expected {{"


@pytest.mark.usefixtures("_fast_key")
def test_reason_for_a_truncated_text(zip_path):
    write_encrypted(zip_path, '{"config": {')
    assert read_error(zip_path).startswith("truncated: ")


def test_reason_for_another_password(zip_path):
    member = encrypt(trace_text().encode(), SALT, password=b"other")
    write_zip(zip_path, {"a.json.encrypted": member})
    assert read_error(zip_path) == (
        "cannot be decrypted to text: the password is not HAL's, or the file is damaged"
    )


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "the zip file contains nothing, expected one *.json.encrypted"),
        (
            {"a_UPLOAD.json": "{}"},
            "the zip file contains 'a_UPLOAD.json', expected one *.json.encrypted",
        ),
        (
            {f"{n}.jpg": "" for n in range(9)},
            "the zip file contains '0.jpg', '1.jpg', '2.jpg' and 6 more, "
            "expected one *.json.encrypted",
        ),
        (
            {"a.json.encrypted": "{}", "b.json.encrypted": "{}"},
            "the zip file contains 'a.json.encrypted', 'b.json.encrypted', "
            "expected one *.json.encrypted",
        ),
        (
            {"a.json.encrypted": ""},
            "'a.json.encrypted' is not an object of encrypted_data and salt",
        ),
        (
            {"a.json.encrypted": "[]"},
            "'a.json.encrypted' is not an object of encrypted_data and salt",
        ),
        (
            {"a.json.encrypted": '{"encrypted_data": "Z0FBQQ=="}'},
            "'a.json.encrypted' is not an object of encrypted_data and salt",
        ),
        (
            {"a.json.encrypted": '{"encrypted_data": "", "salt": "AAAA"}'},
            "not a Fernet token: it is truncated",
        ),
        (
            {"a.json.encrypted": '{"encrypted_data": "####", "salt": "AAAA"}'},
            "'a.json.encrypted' has no Fernet token: ",
        ),
        (
            {"a.json.encrypted": '{"encrypted_data": "Z0FBQQ", "salt": "AAAA"}'},
            "'a.json.encrypted' has no Fernet token: ",
        ),
        (
            # two layers of base64 of 30 bytes that do not start with Fernet's version
            {"a.json.encrypted": f'{{"encrypted_data": "{"QUFB" * 20}", "salt": "AAAA"}}'},
            "not a Fernet token: the version is wrong",
        ),
    ],
)
def test_reason_for_a_zip_that_is_not_a_trace(zip_path, members, expected):
    write_zip(zip_path, members)
    assert read_error(zip_path).startswith(expected)


@pytest.mark.usefixtures("_fast_key")
def test_metadata_of_macos_is_ignored(zip_path):
    write_encrypted(zip_path, trace_text(), **{"__MACOSX/._a.json.encrypted": "notes"})
    assert json.dumps(traces.read_trace(zip_path)) == EXPECTED


def test_reason_for_a_file_that_is_not_a_zip(zip_path):
    for text in ("<html>Not Found</html>", "version https://git-lfs.github.com/spec/"):
        zip_path.write_text(f"{text}v1\nsize 7\n")
        assert read_error(zip_path).startswith(BAD_ZIP)
        assert f", starts with '{text}" in read_error(zip_path)
    zip_path.write_text("")
    assert read_error(zip_path) == "empty, expected a zip file"


# Damage.


def test_truncated_zip(zip_path):
    write_encrypted(zip_path, trace_text())
    content = zip_path.read_bytes()
    for length in range(1, len(content), len(content) // 10):
        zip_path.write_bytes(content[:length])
        assert read_error(zip_path).startswith(BAD_ZIP)


@pytest.mark.usefixtures("_fast_key")
def test_damaged_zip_never_gives_another_trace(zip_path):
    """Flip one bit of the compressed data; a bit between blocks may have no meaning."""
    write_encrypted(zip_path, trace_text())
    content = bytearray(zip_path.read_bytes())
    start, end = 60, content.rindex(ENTRY_SIGNATURE)
    reasons = []
    for position in range(start, end, (end - start) // 100):
        content[position] ^= 0x10
        zip_path.write_bytes(content)
        content[position] ^= 0x10
        try:
            assert json.dumps(traces.read_trace(zip_path)) == EXPECTED
        except traces.TraceError as error:
            reasons.append(str(error).split(": ")[0])
    assert len(reasons) >= 99
    assert "damaged zip file" in reasons
    assert set(reasons) <= {
        "damaged zip file",
        "'a_UPLOAD.json.encrypted' is not an object of encrypted_data and salt",
    }


def write_with_changed_directory(path, changes):
    """Write an encrypted trace and change bytes of its directory entry, by their offset."""
    write_encrypted(path, trace_text())
    content = bytearray(path.read_bytes())
    start = content.rindex(ENTRY_SIGNATURE)
    for offset, value in changes.items():
        content[start + offset] = value(content[start + offset])
    path.write_bytes(content)


def test_wrong_crc(zip_path):
    write_with_changed_directory(zip_path, {16: lambda byte: byte ^ 1})
    assert read_error(zip_path) == (
        "damaged zip file: 'a_UPLOAD.json.encrypted' fails its CRC check"
    )


@pytest.mark.parametrize(
    ("offset", "value", "expected"),
    [
        (6, 0xFF, BAD_ZIP),  # the required version of zip
        (
            10,  # the compression method
            12,
            "'a_UPLOAD.json.encrypted' has a zip password or is not compressed by deflate",
        ),
        (
            42,  # the position of the member
            1,
            "damaged zip file: 'a_UPLOAD.json.encrypted' is not where its directory states",
        ),
    ],
)
def test_damaged_directory(zip_path, offset, value, expected):
    write_with_changed_directory(zip_path, {offset: lambda byte: value})
    assert read_error(zip_path).startswith(expected)


def test_position_of_a_member_beyond_the_largest_file(zip_path):
    """Only the 64-bit fields of zip64 can hold such a position."""
    write_encrypted(zip_path, trace_text())
    content = bytearray(zip_path.read_bytes())
    entry, end = content.rindex(ENTRY_SIGNATURE), content.rindex(END_SIGNATURE)
    name_length = int.from_bytes(content[entry + 28 : entry + 30], "little")
    content[end + 12 : end + 16] = (end - entry + 12).to_bytes(4, "little")
    content[entry + 42 : entry + 46] = b"\xff" * 4
    content[entry + 30 : entry + 32] = (12).to_bytes(2, "little")
    zip64 = struct.pack("<HHQ", 1, 8, 2**63)
    content[entry + 46 + name_length : entry + 46 + name_length] = zip64
    zip_path.write_bytes(content)
    expected = "damaged zip file: 'a_UPLOAD.json.encrypted' is not where its directory states"
    assert read_error(zip_path) == expected


def test_zip_without_its_first_bytes(zip_path):
    """The member then starts before the file."""
    write_encrypted(zip_path, trace_text())
    zip_path.write_bytes(zip_path.read_bytes()[10:])
    expected = "damaged zip file: 'a_UPLOAD.json.encrypted' is not where its directory states"
    assert read_error(zip_path) == expected


# Limits of memory.


def write_zip_bomb(path):
    """Write a zip file of less than 1 MB that inflates to 500 MB."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(MEMBER, "w", force_zip64=True) as member,
    ):
        member.write(b'{"encrypted_data": "')
        for _ in range(500):
            member.write(b"A" * 10**6)
    assert path.stat().st_size < 10**6


@pytest.mark.slow
def test_zip_bomb_is_not_inflated(zip_path):
    write_zip_bomb(zip_path)
    peak, reason = peak_and_reason(zip_path)
    assert reason.startswith("'a_UPLOAD.json.encrypted' would inflate to 500,000,020 bytes, expect")
    assert peak < 10e6


@pytest.mark.slow
def test_zip_bomb_with_a_wrong_size_in_its_directory(zip_path):
    write_zip_bomb(zip_path)
    content = bytearray(zip_path.read_bytes())
    entry = content.rindex(ENTRY_SIGNATURE)
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    zip_path.write_bytes(content)
    peak, reason = peak_and_reason(zip_path)
    assert reason == (
        "damaged zip file: 'a_UPLOAD.json.encrypted' is longer than its directory states"
    )
    assert peak < 20e6


@pytest.mark.slow
def test_zip_with_very_many_members(zip_path):
    with zipfile.ZipFile(zip_path, "w") as archive:
        for i in range(20_000):
            archive.writestr(f"{i}.json.encrypted", b"")
    peak, reason = peak_and_reason(zip_path)
    assert reason == BAD_ZIP + "its directory has more than 1,048,576 bytes"
    assert peak < 10e6


def test_header_that_the_end_of_the_file_cuts_off_is_damage(zip_path):
    """The directory states that the member begins in the comment, the last four bytes."""
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, b"{}")
        archive.comment = b"PK\3\4"
    content = bytearray(zip_path.read_bytes())
    position = content.index(ENTRY_SIGNATURE) + 42  # of the offset of the header
    content[position : position + 4] = struct.pack("<I", len(content) - 4)
    zip_path.write_bytes(content)
    with pytest.raises(traces.TraceError, match="is not where its directory states"):
        traces.read_trace(zip_path)


def test_one_megabyte_may_compress_by_more_than_a_factor_of_ten(zip_path):
    write_zip(zip_path, {MEMBER: b"x" * 1_000_000})
    with pytest.raises(traces.TraceError, match="is not an object of encrypted_data and salt"):
        traces.read_trace(zip_path)
