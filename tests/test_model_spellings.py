"""Spellings of 2025 and 2026 that mean one model, and names that stay apart."""

import csv
import itertools

import pytest
from conftest import ROOT

from hal_analysis import models, names

# Short names, and the spellings that gateways, traces and leaderboards use for them.
SPELLINGS = {
    "claude-opus-4-5-2025-11-01": [
        "claude-opus-4-5",
        "claude-opus-4.5",
        "claude-opus-4-5-latest",
        "claude-opus-4-5-20251101",
        "CLAUDE-OPUS-4-5",
        "Claude Opus 4.5",
        "Claude Opus 4.5 (November 2025)",
        "anthropic/claude-opus-4.5",
        "openrouter/anthropic/claude-opus-4.5",
        "us.anthropic.claude-opus-4-5-20251101-v1:0",
        "bedrock/us.anthropic.claude-opus-4-5-20251101-v1:0",
        "bedrock/converse/eu.anthropic.claude-opus-4-5-20251101-v1:0",
        "vertex_ai/claude-opus-4-5@20251101",
        "claude-opus-4-5-2025-11-01 none",
    ],
    "claude-sonnet-4-5-2025-09-29": [
        "Claude Sonnet 4.5 (September 2025)",
        "openrouter/anthropic/claude-sonnet-4.5",
        "claude-sonnet-4-5@20250929",
        "bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:eu-west-3:123456789012:inference-profile/"
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ],
    "claude-opus-4-1-2025-08-05 high": [
        "Claude Opus 4.1 High (August 2025)",
        "openrouter/anthropic/claude-opus-4.1:high",
        "claude-opus-4-1-high",
        "claude-opus-4-1-20250805 high",
    ],
    "claude-3-7-sonnet-2025-02-19": [
        "Claude-3.7 Sonnet (February 2025)",
        "claude-3-7-sonnet-latest",
        "claude-3.7-sonnet",
        "apac.anthropic.claude-3-7-sonnet-20250219-v1:0",
    ],
    "claude-3-7-sonnet-2025-02-19 high": [
        "Claude-3.7 Sonnet High (February 2025)",
        "claude-3-7-sonnet-20250219 high",
        "claude-3-7-sonnet-20250219 (high)",
        "claude-3-7-sonnet-20250219:high",
        "claude-3-7-sonnet-20250219-thinking-high",
        "claude-3-7-sonnet-20250219_thinking_high_4096",
        "anthropic/claude-3.7-sonnet:thinking:high",
    ],
    "gpt-5-2025-08-07": [
        "gpt-5",
        "gpt-5 medium",
        "gpt-5-medium",
        "gpt-5:openai:medium",
        "GPT-5 Medium (August 2025)",
        "GPT-5 (August 2025)",
        "gpt-5-2025-08-07-medium",
        "azure/gpt-5",
        "azure_ai/gpt-5",
        "openai/responses/gpt-5",
        "openrouter/openai/gpt-5",
    ],
    "gpt-5-2025-08-07 high": [
        "gpt-5-high",
        "gpt-5:high",
        "gpt-5 (high)",
        "gpt-5-2025-08-07_high_reasoning_effort",
        "GPT-5 High (August 2025)",
    ],
    "gpt-5-mini-2025-08-07": ["gpt-5-mini", "gpt-5-mini-medium", "GPT-5 Mini (August 2025)"],
    "gpt-5.1-2025-11-13": ["gpt-5.1", "gpt-5.1 none", "gpt-5-1"],
    "gpt-5.1-2025-11-13 medium": ["gpt-5.1-medium", "openai/gpt-5.1 medium"],
    "gpt-4.1-2025-04-14": ["gpt-4.1", "GPT-4.1 (April 2025)", "azure/gpt-4.1-20250414"],
    "o3-2025-04-16": ["o3", "O3", "o3-medium", "o3 (medium)", "o3-2025-04-03", "azure/openai/o3"],
    "o4-mini-2025-04-16 high": [
        "o4-mini-high",
        "O4-Mini-High",
        "o4-mini high",
        "o4-mini-2025-04-16:high",
        "o4-mini-2025-04-16_high_reasoning_effort",
        "o4-mini High (April 2025)",
    ],
    "gpt-oss-120b": [
        "groq/openai/gpt-oss-120b",
        "together/openai/gpt-oss-120b",
        "bedrock/openai.gpt-oss-120b-1:0",
        "fireworks_ai/accounts/fireworks/models/gpt-oss-120b",
        "GPT-OSS-120B (August 2025)",
    ],
    "gemini-2.5-flash-preview-05-20": [
        "models/gemini-2.5-flash-preview-05-20",
        "google_genai/gemini-2.5-flash-preview-05-20",
        "vertex_ai/gemini-2.5-flash-preview-05-20",
        "openrouter/google/gemini-2.5-flash-preview-05-20",
        "Gemini 2.5 Flash Preview (May 2025)",
    ],
    "gemini-3-pro-preview": [
        "gemini/gemini-3-pro-preview",
        "gemini-3-pro-preview high",
        "Gemini 3 Pro Preview High (November 2025)",
    ],
    "deepseek-ai/DeepSeek-V3": [
        "together_ai/deepseek-ai/DeepSeek-V3",
        "deepseek-ai/deepseek-v3",
        "deepseek-v3-0324",
        "openrouter/deepseek/deepseek-chat-v3-0324",
        "DeepSeek V3 (March 2025)",
    ],
    "deepseek-ai/DeepSeek-V3.1": [
        "deepseek/deepseek-chat-v3.1",
        "DeepSeek-V3.1",
        "fireworks_ai/accounts/fireworks/models/deepseek-v3p1",
    ],
    "deepseek-ai/DeepSeek-R1": [
        "DeepSeek R1",
        "DeepSeek R1 (January 2025)",
        "deepseek/deepseek-r1",
    ],
    "deepseek-ai/DeepSeek-R1-0528": [
        "DeepSeek R1 (May 2025)",
        "openrouter/deepseek/deepseek-r1-0528",
    ],
    "moonshotai/Kimi-K2-Instruct": [
        "together_ai/moonshotai/Kimi-K2-Instruct",
        "groq/moonshotai/kimi-k2-instruct",
        "openrouter/moonshotai/kimi-k2",
        "moonshot/kimi-k2-0711-preview",
    ],
    "grok-4-0709": ["grok-4", "xai/grok-4-0709", "openrouter/x-ai/grok-4", "xai/grok-4-latest"],
}

# Names that differ in more than spelling, or that nobody can tell for sure.
DIFFERENT_MODELS = [
    ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"],
    ["o3", "o3-pro", "o3-mini", "o3-mini-high", "o3-deep-research"],
    ["o4-mini", "o4-mini-deep-research"],
    ["qwen3-235b-a22b-thinking-2507", "qwen3-235b-a22b-instruct-2507", "qwen3-235b-a22b"],
    ["mistral-medium", "mistral/mistral-medium-latest", "mistral"],
    ["gemini-2.0-flash", "gemini-2.0-flash-001", "gemini-2.0-flash-lite"],
    ["claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet"],
    ["gpt-4o", "gpt-4o-mini", "gpt-4o-2024-08-06", "gpt-4o-2024-11-20"],
    ["gpt-5", "gpt-5 none", "gpt-5 minimal", "gpt-5-mini", "gpt-5-codex", "gpt-5.1"],
    ["gpt-5.1-codex", "gpt-5.1-codex-max", "gpt-5.1-codex-max-high"],
    ["deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-R1-0528", "deepseek-reasoner"],
    ["deepseek-ai/DeepSeek-V3", "deepseek-ai/DeepSeek-V3.1", "deepseek-chat"],
    ["grok-3-mini", "grok-3-mini-high", "grok-code-fast-1", "grok-4"],
    ["gpt-image", "gpt-image-low"],
    ["o1", "o1-mini", "o1-preview", "o1-pro"],
    ["gpt-oss-120b", "gpt-oss-20b"],
    ["claude-opus-4", "claude-opus-4-1", "claude-opus-4-5", "claude-opus-4-6"],
]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [(spelling, name) for name, spellings in SPELLINGS.items() for spelling in spellings],
)
def test_spellings_of_one_model_have_one_name(spelling, name):
    assert models.model_name(spelling) == name


@pytest.mark.parametrize("name", SPELLINGS)
def test_short_name_is_a_spelling_of_itself(name):
    assert models.model_name(name) == name


def test_models_of_different_groups_have_different_names():
    assert len({models.model_name(spellings[0]) for spellings in SPELLINGS.values()}) == len(
        SPELLINGS
    )


@pytest.mark.parametrize("group", DIFFERENT_MODELS, ids=lambda group: group[0])
def test_different_models_have_different_names(group):
    assert len({models.model_name(name) for name in group}) == len(group)


@pytest.mark.parametrize("prefix", ["", "openai/", "openrouter/openai/", "azure_ai/", "models/"])
@pytest.mark.parametrize("effort", ["low", "high"])
@pytest.mark.parametrize(
    "form", ["{m} {e}", "{m}-{e}", "{m}_{e}", "{m}:{e}", "{m} ({e})", "{m}_{e}_reasoning_effort"]
)
def test_effort_in_every_form_behind_every_prefix(prefix, effort, form):
    spelling = prefix + form.format(m="o4-mini-2025-04-16", e=effort)
    assert models.model_name(spelling) == f"o4-mini-2025-04-16 {effort}"


def test_effort_of_the_arguments_is_that_of_the_name():
    for base, effort in itertools.product(["gpt-5", "o3", "claude-opus-4-5"], ["low", "high"]):
        assert models.model_name(base, effort) == models.model_name(f"{base}-{effort}")


@pytest.mark.parametrize(
    ("model", "effort"),
    [
        ("gpt-5", "medium"),
        ("o3", "medium"),
        ("gpt-oss-120b", "medium"),
        ("gpt-5.1", "none"),
        ("claude-opus-4-5", "none"),
        ("gemini-3-pro-preview", "high"),
    ],
)
def test_default_effort_of_each_family_is_not_written(model, effort):
    assert models.model_name(model, effort) == models.model_name(model)


@pytest.mark.parametrize(
    ("agent", "scaffold", "effort"),
    [
        ("HAL Generalist High Reasoning (claude-opus-4-5)", "HAL Generalist", "high"),
        ("HAL Generalist Agent High Reasoning (gpt-5.2)", "HAL Generalist Agent", "high"),
        ("HAL Generalist Agent No Reasoning (gpt-5.2)", "HAL Generalist Agent", "none"),
        ("SeeAct(o4-mini-2025-04-16_low_reasoning_effort)", "SeeAct", "low"),
        ("SeeAct (claude-3-7-sonnet-20250219)", "SeeAct", None),
        ("High Reasoning Agent", "High Reasoning Agent", None),
    ],
)
def test_effort_in_the_name_of_the_agent(agent, scaffold, effort):
    assert names.scaffold_name(agent) == scaffold
    assert models.effort_of_run(agent, "gpt-5.2", None) == effort
    assert models.effort_of_run(agent, "gpt-5.2", "minimal") == "minimal"


@pytest.mark.parametrize(
    ("excluded", "others"),
    [
        ("gemini-2.5-pro", "gemini-2.5-flash"),
        ("gemini-2.5-pro-preview-05-06", "gemini-2.5-flash-preview-05-20"),
        ("gpt-4o", "gpt-4.1"),
        ("gpt-4o-mini-2024-07-18", "gpt-4.1-mini"),
        ("o1-pro", "o3-pro"),
        ("o3-mini", "o3"),
        ("o3-mini-high", "o4-mini-high"),
        ("o3-low", "o3-high"),
        ("o4-mini", "o4-mini-low"),
        ("claude-3.7-sonnet:low", "claude-3.7-sonnet:high"),
    ],
)
@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "models/",
        "azure_ai/",
        "fireworks_ai/",
        "openrouter/openai/",
        "vertex_ai/google/",
        "fireworks_ai/accounts/fireworks/models/",
        "openai/responses/",
    ],
)
def test_excluded_model_stays_excluded_behind_a_prefix(excluded, others, prefix):
    short_names = [models.model_name(prefix + name) for name in (excluded, others)]
    assert names.inclusion_mask(short_names, ["Any"] * 2) == [False, True]


def test_every_known_model_is_a_row_of_its_own():
    with (ROOT / "hal_analysis" / "known_models.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["model"] for row in rows}) == len(rows)
    for row in rows:
        for spelling in [row["model"], *filter(None, row["other_names"].split("|"))]:
            known = models.find_known_model(spelling)
            assert known is not None
            assert known.name == row["model"], spelling
        assert row["default_effort"] in ("", *models.EFFORTS.split("|"))
        assert row["provider"]
