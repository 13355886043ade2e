"""Trace files of every kind and size to config and results, and what is wrong with a bad one."""

import json
import struct
import tracemalloc

import fuzz_reading
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_files import GOOD

import encrypted
import json_stream
import traces
from benchmarks.read_traces import encrypt, write_trace, write_zip
from json_stream import JsonStream

CONFIG = {
    "agent_name": "A (m) ünï 模型 \U0001f600",
    "agent_args": {"seed": 10**30, "x": [None, True]},
}
RESULTS = {"accuracy": float("nan"), "total_cost": float("inf"), "other": -float("inf"), "n": -0.0}
EXPECTED = json.dumps({"config": CONFIG, "results": RESULTS})
SALT = bytes(range(16))
ORDERS = {
    "as HAL writes": ["config", "results", "raw_eval_results", "raw_logging_results"],
    "keys at the end": ["raw_eval_results", "raw_logging_results", "results", "config"],
    "keys apart": ["results", "raw_logging_results", "config", "raw_eval_results"],
}
LOGS = {
    "list": [{"text": 'the "results": {"accuracy": NaN}, \\', "n": n / 7} for n in range(200)],
    "object": {str(n): [{"config": {}}, float("nan"), "\U0001f600" * n] for n in range(50)},
    "text": "config results }" * 3000,
}


def trace_text(order="as HAL writes", logs="list", **format):
    parts = {
        "config": CONFIG,
        "results": RESULTS,
        "raw_eval_results": {"config": {"accuracy": 1}, "x": float("-inf")},
        "raw_logging_results": LOGS[logs],
    }
    return json.dumps({key: parts[key] for key in ORDERS[order]}, **format)


def write_encrypted(path, plain, name="a_UPLOAD.json.encrypted", **others):
    write_zip(path, {name: encrypt(plain, SALT)} | others)


def reason(path):
    with pytest.raises(traces.TraceError) as error:
        traces.read_trace(path)
    return str(error.value)


@pytest.fixture
def path_of_json(tmp_path):
    return tmp_path / "a_UPLOAD.json"


@pytest.fixture
def path_of_zip(tmp_path):
    return tmp_path / "a_UPLOAD.zip"


# The text in pieces of any length, compared with the json module reading it whole.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
LAYOUT = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 0, 2])}
)


def in_pieces(text, length):
    data = text.encode("utf-8", "surrogatepass")
    return iter([data[i : i + length] for i in range(0, len(data), length)])


def read_some(text, length, wanted):
    stream = JsonStream(in_pieces(text, length))
    found = {}
    for key in stream.members():
        if key in wanted:
            found[key] = stream.value()
        else:
            stream.skip()
    return found


@pytest.mark.parametrize("long", [1, 30, 1 << 20])
@given(
    document=st.dictionaries(st.sampled_from("abcde"), JSON),
    wanted=st.sets(st.sampled_from("abcde")),
    layout=LAYOUT,
    length=st.integers(1, 100),
)
def test_members_are_those_of_the_json_module(long, document, wanted, layout, length):
    layout = layout | {"ensure_ascii": True} if has_lone_surrogate(document) else layout
    text = json.dumps(document, **layout)
    expected = {key: value for key, value in json.loads(text).items() if key in wanted}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "LONG", long)
        found = read_some(text, length, wanted)
    assert json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True)


def has_lone_surrogate(document):
    return any("\ud800" <= sign <= "\udfff" for sign in json.dumps(document, ensure_ascii=False))


@given(
    document=st.dictionaries(st.sampled_from("abcde"), JSON, min_size=1),
    length=st.integers(1, 100),
    data=st.data(),
)
def test_a_changed_sign_is_an_error_where_the_json_module_finds_one(document, length, data):
    text = json.dumps(document)
    at = data.draw(st.integers(1, len(text) - 1))
    sign = data.draw(st.sampled_from(list('{}[],:"\\ 0-e.NIt')))
    changed = text[:at] + data.draw(st.sampled_from(["", sign])) + text[at + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "LONG", 10)
        try:
            read_some(changed, length, set())
            found = read_some(changed, length, set("abcde"))
        except json.JSONDecodeError:
            found = None
    try:
        expected = json.loads(changed)
    except json.JSONDecodeError as error:
        # What follows the object is not looked at.
        assert found is None or error.msg == "Extra data"
    else:
        kept = {key: value for key, value in expected.items() if key in set("abcde")}
        assert json.dumps(found) == json.dumps(kept)


@given(
    document=st.dictionaries(st.text(), JSON, min_size=1), length=st.integers(1, 50), data=st.data()
)
def test_a_cut_text_is_an_error(document, length, data):
    text = json.dumps(document)
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "LONG", 10)
        with pytest.raises(json.JSONDecodeError):
            read_some(cut, length, set())


# Files.


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("logs", LOGS)
@pytest.mark.parametrize("layout", [{}, {"indent": 2}, {"ensure_ascii": False}])
def test_plain_traces(path_of_json, order, logs, layout):
    path_of_json.write_text(trace_text(order, logs, **layout), encoding="utf-8")
    assert json.dumps(traces.read_trace(path_of_json)) == EXPECTED


def test_a_plain_trace_with_byte_order_mark_and_white_space(path_of_json):
    path_of_json.write_text(" \n" + trace_text() + "\r\n" + " " * 10_000, encoding="utf-8-sig")
    assert json.dumps(traces.read_trace(path_of_json)) == EXPECTED


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("logs", LOGS)
def test_encrypted_traces(path_of_zip, order, logs):
    write_encrypted(path_of_zip, trace_text(order, logs).encode())
    assert json.dumps(traces.read_trace(path_of_zip)) == EXPECTED


@pytest.mark.parametrize("order", ORDERS)
def test_an_encrypted_trace_longer_than_what_is_kept(path_of_zip, monkeypatch, order):
    monkeypatch.setattr(encrypted, "PIECE", 701)
    monkeypatch.setattr(encrypted, "KEPT_HEAD", 1000)
    write_encrypted(path_of_zip, trace_text(order).encode())
    assert json.dumps(traces.read_trace(path_of_zip)) == EXPECTED


@pytest.mark.parametrize("name", ["a_UPLOAD.json.encrypted", "traces/b_UPLOAD.json.encrypted"])
def test_the_trace_may_stand_anywhere_in_the_zip(path_of_zip, name):
    submissions = {"a_RAW_SUBMISSIONS.jsonl.encrypted": encrypt(b"{}", SALT), "README.txt": "hi"}
    member = {name: encrypt(trace_text().encode(), SALT)}
    write_zip(path_of_zip, submissions | member)
    assert json.dumps(traces.read_trace(path_of_zip)) == EXPECTED
    write_zip(path_of_zip, member | submissions)
    assert json.dumps(traces.read_trace(path_of_zip)) == EXPECTED


def test_logs_behind_config_and_results_are_not_read(path_of_json):
    """Forty GB of zeros in the logs, which no disk need hold and which are no JSON."""
    head = json.dumps({"config": CONFIG, "results": RESULTS})[:-1] + ', "raw_logging_results": "'
    with path_of_json.open("wb") as file:
        file.write(head.encode())
        file.seek(40 * 10**9)
        file.write(b'"}\n')
    assert json.dumps(traces.read_trace(path_of_json)) == EXPECTED
    path_of_json.unlink()


@pytest.mark.parametrize("kind", ["late", "encrypted late"])
def test_logs_before_config_and_results_are_never_held_whole(path_of_json, path_of_zip, kind):
    write_trace(path_of_json, size=24 * 10**6, late=True)
    expected = json.loads(path_of_json.read_bytes())
    path = path_of_json
    if kind == "encrypted late":
        write_encrypted(path_of_zip, path_of_json.read_bytes())
        path = path_of_zip
    tracemalloc.start()
    found = traces.read_trace(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == {part: expected[part] for part in ("config", "results")}
    assert peak < (12 if kind == "late" else 40) * 10**6


# Damage.


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<html><body>404</body></html>", "no JSON object: begins with '<html><body>404</body></"),
        (
            b"version https://git-lfs.github.com/spec/v1\nsize 7",
            "no JSON object: begins with 'version https://git-lfs.github.com/spec/'",
        ),
        (b"[]", "no JSON object: begins with '[]'"),
        (b'["cut', "no JSON object: begins with '[\"cut'"),
        (b'"text"', "no JSON object: begins with '\"text\"'"),
        (b"\n null", "no JSON object: begins with 'null'"),
        (b"{}", "config is absent or null, expected an object"),
        (b'{"results": {}}', "config is absent or null, expected an object"),
        (b'{"config": {}, "results": []}', "results is a list, expected an object"),
        (b'{"config": {}, "results": {', "truncated: ends with "),
        (b'{"config": {}, "results": {}, "raw": "x', "truncated: ends with "),
        (b'{"config": {}, "results": {} \n', "truncated: Expecting '}' delimiter at character 30"),
        (b'{"config": {}, "results": {} : 1}', "not JSON: Expecting '}' delimiter at character"),
        (b'{"config": {}, "raw": tru, "results": {}}', "not JSON: Expecting value at character 22"),
        (b'{"config": {}, "raw" "x", "results": {}}', "not JSON: Expecting ':' delimiter at cha"),
        (b'{"config": {}, raw: "x", "results": {}}', "not JSON: Expecting property name enclosed"),
        (b'{"config": {"a": "\xff"}, "results": {}}', "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"raw": ' + b"[" * 100_000 + b"}", "nested too deep"),
        (b'{"config": ' + b'{"a":' * 100_000 + b"}", "nested too deep"),
        (
            b'{"config": {"n": ' + b"1" * 5000 + b"}}",
            "not JSON: Whole number of too many digits at",
        ),
    ],
)
def test_reasons_for_a_file_that_is_no_trace(path_of_json, content, expected):
    path_of_json.write_bytes(content)
    assert reason(path_of_json).startswith(expected)


@pytest.mark.parametrize("before", range(27_000, 33_000, 1000))
def test_a_long_number_is_whole_when_its_end_is_there(path_of_json, before):
    """More digits than Python takes for a whole number, but a fraction."""
    number = "1" * 5000 + ".0e-4990"
    logs = f'{{"s": "{"a" * before}", "x": {number}}}'
    path_of_json.write_text(f'{{"l": {logs}, "config": {{"x": {number}}}, "results": {{}}}}')
    assert traces.read_trace(path_of_json)["config"] == {"x": float(number)}


def test_the_place_of_an_error_counts_from_the_start_of_the_file(path_of_json):
    start = '{"raw": [' + '"x", ' * 1_000_000
    path_of_json.write_text(start + "nul]}")
    assert reason(path_of_json) == f"not JSON: Expecting value at character {len(start)}"


def test_a_file_that_is_not_there_or_a_folder(tmp_path):
    assert reason(tmp_path) == "a folder, expected a file"
    assert reason(tmp_path / "a.zip") == "cannot be read: No such file or directory"


def test_another_password(path_of_zip):
    member = encrypt(trace_text().encode(), SALT, password=b"other")
    write_zip(path_of_zip, {"a.json.encrypted": member})
    assert reason(path_of_zip) == (
        "does not decrypt to text: another password than HAL's, or damaged"
    )


def good_member():
    return encrypt(trace_text().encode(), SALT)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "the zip holds nothing, expected one *.json.encrypted"),
        ({"a_UPLOAD.json": "{}"}, "the zip holds 'a_UPLOAD.json', expected one *.json.encrypted"),
        (
            {f"{n}.jpg": "" for n in range(9)},
            "the zip holds '0.jpg', '1.jpg', '2.jpg' and 6 more, expected one *.json.encrypted",
        ),
        (
            {"a.json.encrypted": "{}", "b.json.encrypted": "{}"},
            "the zip holds 'a.json.encrypted', 'b.json.encrypted', expected one *.json.encrypted",
        ),
        ({"a.json.encrypted": ""}, "'a.json.encrypted' is no object of encrypted_data and salt"),
        ({"a.json.encrypted": "[]"}, "'a.json.encrypted' is no object of encrypted_data and salt"),
        (
            {"a.json.encrypted": '{"encrypted_data": "Z0FBQQ=="}'},
            "'a.json.encrypted' is no object of encrypted_data and salt",
        ),
        (
            {"a.json.encrypted": '{"encrypted_data": "", "salt": "AAAA"}'},
            "holds no Fernet token: it is cut",
        ),
        (
            {"a.json.encrypted": '{"encrypted_data": "####", "salt": "AAAA"}'},
            "'a.json.encrypted' holds no Fernet token: ",
        ),
        (
            {"a.json.encrypted": '{"encrypted_data": "Z0FBQQ", "salt": "AAAA"}'},
            "'a.json.encrypted' holds no Fernet token: ",
        ),
        (
            # base64 of base64 of 30 bytes that do not begin with Fernet's version
            {"a.json.encrypted": f'{{"encrypted_data": "{"QUFB" * 20}", "salt": "AAAA"}}'},
            "holds no Fernet token: the version is wrong",
        ),
    ],
)
def test_reasons_for_a_zip_that_is_no_trace(path_of_zip, members, expected):
    write_zip(path_of_zip, members)
    assert reason(path_of_zip).startswith(expected)


def test_a_zip_that_macos_made(path_of_zip):
    write_encrypted(path_of_zip, trace_text().encode(), **{"__MACOSX/._a.json.encrypted": "notes"})
    assert json.dumps(traces.read_trace(path_of_zip)) == EXPECTED


def test_no_zip(path_of_zip):
    path_of_zip.write_text("<html>Not Found</html>")
    assert reason(path_of_zip).startswith("no zip, or a cut or damaged one: ")
    path_of_zip.write_text("")
    assert reason(path_of_zip).startswith("no zip, or a cut or damaged one: ")


def test_a_cut_zip(path_of_zip):
    write_encrypted(path_of_zip, trace_text().encode())
    whole = path_of_zip.read_bytes()
    for length in range(1, len(whole), len(whole) // 10):
        path_of_zip.write_bytes(whole[:length])
        assert reason(path_of_zip).startswith("no zip, or a cut or damaged one: ")


def test_a_damaged_zip_never_gives_another_trace(path_of_zip):
    """One wrong bit in the compressed data; one that means nothing, between blocks, may stay."""
    write_encrypted(path_of_zip, trace_text().encode())
    whole = bytearray(path_of_zip.read_bytes())
    start, end = 60, whole.rindex(b"PK\1\2")
    reasons = []
    for position in range(start, end, (end - start) // 100):
        whole[position] ^= 0x10
        path_of_zip.write_bytes(whole)
        whole[position] ^= 0x10
        try:
            assert json.dumps(traces.read_trace(path_of_zip)) == EXPECTED
        except traces.TraceError as error:
            reasons.append(str(error).split(": ")[0])
    assert len(reasons) >= 99
    assert "damaged zip" in reasons
    assert set(reasons) <= {
        "damaged zip",
        "'a_UPLOAD.json.encrypted' is no object of encrypted_data and salt",
    }


def test_a_wrong_crc(path_of_zip):
    write_encrypted(path_of_zip, trace_text().encode())
    whole = bytearray(path_of_zip.read_bytes())
    whole[whole.rindex(b"PK\1\2") + 16] ^= 1
    path_of_zip.write_bytes(whole)
    assert reason(path_of_zip) == "damaged zip: 'a_UPLOAD.json.encrypted' fails its CRC check"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (6, 0xFF, "no zip, or a cut or damaged one: "),  # the zip version needed
        (10, 12, "'a_UPLOAD.json.encrypted' has a zip password or is not deflated"),  # the method
        (42, 1, "damaged zip: no 'a_UPLOAD.json.encrypted' where its directory says"),  # the place
    ],
)
def test_a_damaged_directory_of_a_zip(path_of_zip, field, value, expected):
    write_encrypted(path_of_zip, trace_text().encode())
    whole = bytearray(path_of_zip.read_bytes())
    whole[whole.rindex(b"PK\1\2") + field] = value
    path_of_zip.write_bytes(whole)
    assert reason(path_of_zip).startswith(expected)


def test_a_place_in_a_zip_that_no_file_reaches(path_of_zip):
    """As the longer fields of zip64 can have it."""
    write_encrypted(path_of_zip, trace_text().encode())
    whole = bytearray(path_of_zip.read_bytes())
    entry, end = whole.rindex(b"PK\1\2"), whole.rindex(b"PK\5\6")
    name_length = int.from_bytes(whole[entry + 28 : entry + 30], "little")
    whole[end + 12 : end + 16] = (end - entry + 12).to_bytes(4, "little")
    whole[entry + 42 : entry + 46] = b"\xff" * 4
    whole[entry + 30 : entry + 32] = (12).to_bytes(2, "little")
    zip64 = struct.pack("<HHQ", 1, 8, 2**63)
    whole[entry + 46 + name_length : entry + 46 + name_length] = zip64
    path_of_zip.write_bytes(whole)
    expected = "damaged zip: no 'a_UPLOAD.json.encrypted' where its directory says"
    assert reason(path_of_zip) == expected


@pytest.mark.parametrize("length", [64, 200, 1000])
def test_inflating_in_pieces_that_end_anywhere(path_of_zip, monkeypatch, length):
    monkeypatch.setattr(encrypted, "PIECE", length)
    for spaces in range(0, 4000, 97):
        content = b" " * spaces + bytes(range(256)) * 8
        write_zip(path_of_zip, {"a.json.encrypted": content})
        with path_of_zip.open("rb") as file:
            member = encrypted._trace_member(file)
            assert b"".join(encrypted._inflated(file, member)) == content


def test_a_zip_whose_directory_lies_beyond_its_data(path_of_zip):
    """Ten bytes less in front: its members then begin before the file."""
    write_encrypted(path_of_zip, trace_text().encode())
    path_of_zip.write_bytes(path_of_zip.read_bytes()[10:])
    expected = "damaged zip: no 'a_UPLOAD.json.encrypted' where its directory says"
    assert reason(path_of_zip) == expected


def test_nothing_is_written_to_disk(path_of_zip):
    write_encrypted(path_of_zip, trace_text().encode())
    traces.read_trace(path_of_zip)
    assert list(path_of_zip.parent.iterdir()) == [path_of_zip]


# Inputs of the coverage-guided search, and what it found.


INPUTS = {f"seed {number}": data for number, data in enumerate(fuzz_reading.seeds())} | {
    path.name: path.read_bytes() for path in sorted(fuzz_reading.CRASHES.glob("*"))
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_of_the_search_and_what_it_found(name):
    fuzz_reading.check(INPUTS[name])


def test_good_inputs_of_the_search_are_good():
    expected = {"config": GOOD["config"], "results": GOOD["results"]}
    assert fuzz_reading.whole(INPUTS["seed 0"][1:]) == expected
    assert fuzz_reading.whole(INPUTS["seed 4"][1:]) == expected


def test_the_search_would_see_a_wrong_value(monkeypatch):
    good = fuzz_reading.seeds()[0]
    monkeypatch.setattr(traces, "_object", lambda value, field: {"config": value})
    with pytest.raises(AssertionError):
        fuzz_reading.check(good)
