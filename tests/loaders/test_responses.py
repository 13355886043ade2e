"""Responses of web servers, without a server: the wanted bytes, and the answers that are errors."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal_analysis.loaders.remote import ChangedError, RemoteError, TemporaryError
from hal_analysis.loaders.responses import Taker, check_response, range_headers, take

CONTENT = bytes(range(100))


@given(
    cuts=st.lists(st.integers(0, 100), max_size=8),
    n_skipped=st.integers(0, 110),
    n_wanted=st.integers(1, 110),
)
def test_wanted_bytes_are_a_slice_of_all_chunks(cuts, n_skipped, n_wanted):
    chunks = [CONTENT[a:b] for a, b in itertools.pairwise([0, *sorted(cuts), 100])]
    if n_skipped + n_wanted <= 100:
        assert take(chunks, n_skipped, n_wanted) == CONTENT[n_skipped : n_skipped + n_wanted]
    else:
        with pytest.raises(TemporaryError, match="the connection was closed"):
            take(chunks, n_skipped, n_wanted)


def test_no_chunk_is_read_behind_the_wanted_bytes():
    taker = Taker(n_skipped=3, n_wanted=4)
    assert [taker.add(b"abcde"), taker.add(b"f"), taker.add(b"ghi")] == [False, False, True]
    chunks = iter([b"abcde", b"fg", b"hi", b"j"])
    assert take(chunks, 3, 4) == b"defg"
    assert list(chunks) == [b"hi", b"j"]


def answer(status, **headers):
    """Check an answer to a request for the bytes 300 to 399 of 1000; "_" stands for a hyphen."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return check_response(status, headers, 1000, "v1", 300, 400)


def test_request_names_the_last_byte():
    assert range_headers(300, 400)["Range"] == "bytes=300-399"


def test_bytes_before_the_range():
    """None in a part of the file; all before the first one, if the server sends the whole file."""
    assert answer(206, ETag="v1", Content_Range="bytes 300-399/1000") == 0
    assert answer(206, ETag="v1", Content_Range="bytes 300-399/*") == 0
    assert answer(200, ETag="v1", Content_Length="1000") == 300
    assert answer(200, ETag="v1") == 300
    assert answer(200, Last_Modified="v1") == 300


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (206, {"ETag": "v2", "Content_Range": "bytes 300-399/1000"}),
        (206, {"Content_Range": "bytes 300-399/1000"}),
        (206, {"ETag": "v1"}),
        (206, {"ETag": "v1", "Content_Range": "bytes 300-398/1000"}),
        (206, {"ETag": "v1", "Content_Range": "bytes 300-399/1001"}),
        (200, {"ETag": "v1", "Content_Length": "999"}),
        (200, {"ETag": "v1", "Content_Length": "1001"}),
        (412, {"ETag": "v1"}),
        (416, {"ETag": "v1"}),
    ],
)
def test_answers_of_another_version(status, headers):
    with pytest.raises(ChangedError):
        answer(status, **headers)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_statuses_that_may_pass(status):
    for header, wait in (("7", 7), ("soon", None), ("-1", None), ("", None)):
        with pytest.raises(TemporaryError, match=f"HTTP {status}") as error:
            answer(status, Retry_After=header)
        assert error.value.wait == wait


@pytest.mark.parametrize("status", [201, 204, 301, 401, 403, 404, 501])
def test_statuses_that_do_not_pass(status):
    with pytest.raises(RemoteError, match=f"HTTP {status}") as error:
        answer(status, ETag="v1")
    assert not isinstance(error.value, TemporaryError | ChangedError)
