"""Providers of models."""

import pytest

from hal_analysis.plots.providers import PROVIDER_STYLES, provider_of


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("o3-2025-04-16", "OpenAI"),
        ("claude-3-7-sonnet-2025-02-19 high", "Anthropic"),
        ("gemini-2.0-flash", "Google"),
        ("deepseek-ai/DeepSeek-V3", "DeepSeek"),
        ("gpt-99 low", "OpenAI"),  # not in the table of known models: the family tells
        ("Qwen/next-model", "Qwen"),  # the organisation tells
        ("mistral-medium", "Mistral AI"),
        ("o32-model", "other"),
        ("my-model", "other"),
    ],
)
def test_provider_of_a_model(model, provider):
    assert provider_of(model) == provider
    assert provider in PROVIDER_STYLES


def test_every_provider_has_its_own_marker():
    markers = [marker for _, marker in PROVIDER_STYLES.values()]
    assert len(set(markers)) == len(PROVIDER_STYLES)
