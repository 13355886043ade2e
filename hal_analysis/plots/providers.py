"""Providers of models: one colour and one marker for each, in all figures and in the report."""

import functools
import re

from hal_analysis import models

# Colours of Okabe and Ito (2008), which differ for every type of colour blindness, and markers of
# matplotlib, which differ for every pair of providers. Colours repeat only among the later ones.
PROVIDER_STYLES: dict[str, tuple[str, str]] = {
    "OpenAI": ("#009E73", "o"),
    "Anthropic": ("#D55E00", "s"),
    "Google": ("#0072B2", "^"),
    "DeepSeek": ("#CC79A7", "D"),
    "xAI": ("#E69F00", "v"),
    "Moonshot AI": ("#56B4E9", "P"),
    "Qwen": ("#F0E442", "p"),
    "Meta": ("#0072B2", "h"),
    "Mistral AI": ("#D55E00", ">"),
    "other": ("#6A6F76", "X"),
}

PROVIDER_COLORS = {provider: color for provider, (color, _) in PROVIDER_STYLES.items()}
PROVIDER_MARKERS = {provider: marker for provider, (_, marker) in PROVIDER_STYLES.items()}

# Providers as known_models.csv and organisations in front of a name spell them.
SPELLINGS = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "google": "Google",
    "deepseek": "DeepSeek",
    "deepseek-ai": "DeepSeek",
    "xai": "xAI",
    "x-ai": "xAI",
    "moonshot": "Moonshot AI",
    "moonshotai": "Moonshot AI",
    "qwen": "Qwen",
    "alibaba": "Qwen",
    "meta": "Meta",
    "meta-llama": "Meta",
    "mistral": "Mistral AI",
    "mistralai": "Mistral AI",
}

# First words of the names of models that known_models.csv does not have.
FAMILIES = [
    (re.compile(r"gpt|o\d(?!\w)|codex", re.IGNORECASE), "OpenAI"),
    (re.compile(r"claude", re.IGNORECASE), "Anthropic"),
    (re.compile(r"gemini|gemma", re.IGNORECASE), "Google"),
    (re.compile(r"deepseek", re.IGNORECASE), "DeepSeek"),
    (re.compile(r"grok", re.IGNORECASE), "xAI"),
    (re.compile(r"kimi", re.IGNORECASE), "Moonshot AI"),
    (re.compile(r"qwen|qwq", re.IGNORECASE), "Qwen"),
    (re.compile(r"llama", re.IGNORECASE), "Meta"),
    (re.compile(r"(mi|mini|magi|code|dev)stral|mixtral", re.IGNORECASE), "Mistral AI"),
]


@functools.cache
def provider_of(model_name: str) -> str:
    """Return the provider of a model, one of the keys of `PROVIDER_STYLES`.

    The table of known models takes precedence, then the organisation in front of the name, then
    the first word of the name.

    Parameters
    ----------
    model_name : str
        The short name, with or without a reasoning effort.

    Examples
    --------
    >>> provider_of("o3-2025-04-16 high"), provider_of("qwen/next"), provider_of("my-model")
    ('OpenAI', 'Qwen', 'other')
    """
    base, _ = models.split_effort(model_name)
    known = models.find_known_model(base)
    *organisations, name = base.split("/")
    for spelling in [known.provider if known else "", *organisations]:
        if spelling.lower() in SPELLINGS:
            return SPELLINGS[spelling.lower()]
    return next((provider for family, provider in FAMILIES if family.match(name)), "other")
