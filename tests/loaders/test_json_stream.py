"""JSON in chunks of any length, compared with Python's json module reading the whole text."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal_analysis.loaders import json_stream
from hal_analysis.loaders.json_stream import JsonStream

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
LAYOUTS = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 0, 2])}
)


def split(text, length):
    data = text.encode("utf-8", "surrogatepass")
    return iter([data[i : i + length] for i in range(0, len(data), length)])


def read_members(text, length, wanted):
    stream = JsonStream(split(text, length))
    members = {}
    for key in stream.members():
        if key in wanted:
            members[key] = stream.value()
        else:
            stream.skip()
    return members


def has_lone_surrogate(document):
    return any("\ud800" <= char <= "\udfff" for char in json.dumps(document, ensure_ascii=False))


@given(
    max_whole_length=st.sampled_from([1, 30, 1 << 20]),
    document=st.dictionaries(st.sampled_from("abcde"), JSON),
    wanted=st.sets(st.sampled_from("abcde")),
    layout=LAYOUTS,
    length=st.integers(1, 100),
)
def test_members_equal_those_of_the_json_module(max_whole_length, document, wanted, layout, length):
    layout = layout | {"ensure_ascii": True} if has_lone_surrogate(document) else layout
    text = json.dumps(document, **layout)
    expected = {key: value for key, value in json.loads(text).items() if key in wanted}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "MAX_WHOLE_LENGTH", max_whole_length)
        members = read_members(text, length, wanted)
    assert json.dumps(members, sort_keys=True) == json.dumps(expected, sort_keys=True)


@given(
    document=st.dictionaries(st.sampled_from("abcde"), JSON, min_size=1),
    length=st.integers(1, 100),
    data=st.data(),
)
def test_changed_character_is_an_error_if_the_json_module_raises_one(document, length, data):
    text = json.dumps(document)
    position = data.draw(st.integers(1, len(text) - 1))
    character = data.draw(st.sampled_from(list('{}[],:"\\ 0-e.NIt')))
    changed = text[:position] + data.draw(st.sampled_from(["", character])) + text[position + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "MAX_WHOLE_LENGTH", 10)
        try:
            read_members(changed, length, set())
            members = read_members(changed, length, set("abcde"))
        except json.JSONDecodeError:
            members = None
    try:
        expected = json.loads(changed)
    except json.JSONDecodeError as error:
        # The stream does not read beyond the object.
        assert members is None or error.msg == "Extra data"
    else:
        kept = {key: value for key, value in expected.items() if key in set("abcde")}
        assert json.dumps(members) == json.dumps(kept)


@given(
    document=st.dictionaries(st.sampled_from("abcde"), JSON, min_size=1),
    length=st.integers(1, 50),
    data=st.data(),
)
def test_truncated_text_is_an_error(document, length, data):
    text = json.dumps(document)
    truncated = text[: data.draw(st.integers(1, len(text) - 1))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "MAX_WHOLE_LENGTH", 10)
        with pytest.raises(json.JSONDecodeError):
            read_members(truncated, length, set())


@pytest.mark.parametrize(
    "text",
    [r'"\u00e9\\\"x"', r'"\ud83d"', '""', '"\x7f"', r'"\u12x4"', '"\n"', r'"\x"', '"'],
)
def test_string_is_skipped_if_and_only_if_it_is_valid(text):
    stream = JsonStream(iter([b"[", *(bytes([byte]) for byte in text.encode()), b",1]"]))
    try:
        expected = json.loads(f"[{text},1]")
    except json.JSONDecodeError:
        with pytest.raises(json.JSONDecodeError):
            skip_items(stream)
    else:
        assert len(expected) == skip_items(stream) == 2


def skip_items(stream):
    n_items = 0
    for _ in stream.items():
        stream.skip()
        n_items += 1
    return n_items


def test_nothing_is_read_behind_an_invalid_character_of_a_string():
    rest = iter([b"y" * 1000] * 1000)
    stream = JsonStream(itertools.chain([b'["' + b"x" * 100 + rb"\q" + b"x" * 100], rest))
    with pytest.raises(json.JSONDecodeError, match="Invalid character in a string"):
        skip_items(stream)
    assert len(list(rest)) == 1000
