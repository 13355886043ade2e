"""The tokens of a run."""

import json

import pytest

from hal_analysis.loaders.usage import find_total_usage, sum_tokens

USAGE = {"m": {"prompt_tokens": 3, "completion_tokens": 4}}


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (f'..."}}], "total_usage": {json.dumps(USAGE)}, "total_cost": 1.5}}', USAGE),
        (f'..."total_usage": {json.dumps(USAGE)}, "git": {{"a": "total_usage"}}}} \n', USAGE),
        (f'"total_usage":{json.dumps(USAGE, indent=2)}\n}}', USAGE),
        ('"total_usage": null}', None),
        # in a text, in a nested object, cut, or damaged
        ('"logs": "\\"total_usage\\": {}"}', None),
        ('{"x\\"total_usage": {"n": 1}}', None),
        ('{"logs": {"a": {"total_usage": {}}}, "total_cost": 1}', None),
        ('"x": {"total_usage": {"n": 1}}, "total_usage": {"n": 2}}', {"n": 2}),
        ('"total_usage": {"n": 1}, "x": {"total_usage": {"n": 2}}}', {"n": 1}),
        ('"total_usage": {"n": 1}', None),
        ('"total_usage": {"n": 1}}}', None),
        ('"total_usage": ' + "[" * 50_000, None),
        ("", None),
    ],
)
def test_usage_is_a_member_of_the_outermost_object(end, expected):
    assert find_total_usage(end.encode()) == expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (USAGE, (3, 4)),
        (
            {
                "a": {"prompt_tokens": 1, "completion_tokens": 2, "requests": 99},
                "b": {
                    "input_tokens": 10,
                    "output_tokens": 20,
                    "input_tokens_cache_read": 100,
                    "input_tokens_cache_write": 1000,
                },
            },
            (1111, 22),
        ),
        (
            {
                "a": {
                    "prompt_tokens": 910,  # of which 900 were read from a cache
                    "completion_tokens": 7,
                    "cache_creation_input_tokens": 50,
                    "cache_read_input_tokens": 900,
                }
            },
            (960, 7),
        ),
        ({"a": {"cache_read_input_tokens": 5, "input_tokens": 2}}, (7, None)),
        ({"a": {"prompt_tokens": 0, "completion_tokens": None}}, (0, None)),
        ({"a": {"prompt_tokens": "3", "completion_tokens": True}}, (None, None)),
        ({"a": {"prompt_tokens": 10**12, "completion_tokens": 10**12 + 1}}, (10**12, None)),
        ({"a": {"prompt_tokens": -1, "completion_tokens": 10**13}}, (None, None)),
        ({"a": 3}, (None, None)),
        ({}, (None, None)),
        ([USAGE], (None, None)),
        (None, (None, None)),
    ],
)
def test_tokens_are_summed_over_models(usage, expected):
    assert sum_tokens(usage) == expected
