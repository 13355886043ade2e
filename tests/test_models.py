"""Short names of models: all published names, spellings that mean one model, and the map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_names import EFFORT_IN_AGENT_NAME, MODELS, raw_and_short_names

import config
from hal_analysis import models, names
from hal_analysis.loaders.traces import parse_run


def run_with(agent_name, **agent_args):
    config_section = {
        "agent_name": agent_name,
        "benchmark_name": "gaia",
        "agent_args": agent_args,
    }
    return parse_run({"config": config_section, "results": {"accuracy": 0.5}})


def short_name(run):
    effort = models.effort_of_run(run.agent_name, run.model, run.effort)
    return models.model_name(run.model, effort)


@pytest.mark.parametrize(("model_and_effort", "name"), raw_and_short_names(MODELS))
def test_name_of_each_published_model(model_and_effort, name):
    assert models.model_name(*model_and_effort) == name


@pytest.mark.parametrize(("agent", "effort"), EFFORT_IN_AGENT_NAME.items())
def test_effort_in_the_agent_name(agent, effort):
    assert short_name(run_with(agent, model_name="o4-mini-2025-04-16")) == (
        f"o4-mini-2025-04-16 {effort}"
    )


def test_effort_in_the_arguments_takes_precedence_over_the_agent_name():
    run = run_with("A (o4-mini-2025-04-16 high)", model_name="o4-mini", reasoning_effort="low")
    assert (run.model, run.effort) == ("o4-mini", "low")
    assert short_name(run) == "o4-mini-2025-04-16 low"


def test_model_in_the_agent_name():
    run = run_with("SeeAct(claude-3-7-sonnet-20250219_thinking_high_4096)")
    assert short_name(run) == "claude-3-7-sonnet-2025-02-19 high"


def test_model_and_effort_in_arguments_with_dots():
    run = run_with("A (x)", **{"agent.model.name": "m", "agent.model.reasoning_effort": "low"})
    assert (run.model, run.effort) == ("m", "low")


@pytest.mark.parametrize(
    ("model", "effort", "name"),
    [
        ("openrouter/anthropic/claude-opus-4-20250514", None, "claude-opus-4-2025-05-14"),
        ("azure/gpt-5", "minimal", "gpt-5-2025-08-07 minimal"),
        ("bedrock/x", None, "x"),
        ("vertex_ai/x", None, "x"),
        ("xai/grok-9", None, "grok-9"),
        ("openrouter/x-ai/grok-9", None, "grok-9"),
        ("openrouter/google/gemini-2.5-flash", None, "gemini-2.5-flash"),
        ("together_ai/openai/gpt-oss-120b", None, "gpt-oss-120b"),
        ("openai/gpt-9-2031-08-07", "medium", "gpt-9-2031-08-07 medium"),
        ("Qwen/Qwen3-235B", None, "qwen/qwen3-235b"),
        ("openai/", None, "openai/"),
        ("build-202502190", None, "build-202502190"),
        ("o4-mini-2025-04-16-medium", None, "o4-mini-2025-04-16"),
        ("o3-mini-high", None, "o3-mini-2025-01-31 high"),
        ("o9-mini-high", None, "o9-mini high"),
        ("o9", "medium", "o9"),
        ("o4-mini-2025-04-16", "High", "o4-mini-2025-04-16 high"),
        ("claude-3-7-sonnet-20250219-thinking-high", None, "claude-3-7-sonnet-2025-02-19 high"),
        ("claude-opus-4-1 medium", None, "claude-opus-4-1-2025-08-05 medium"),
        ("Claude-Opus-9-1", None, "claude-opus-9.1"),
        ("claude-opus-9.1-20310805", None, "claude-opus-9.1-2031-08-05"),
        ("mistral-medium", None, "mistral-medium"),
        ("mistral-medium", "high", "mistral-medium high"),
    ],
)
def test_model_rules(model, effort, name):
    assert models.model_name(model, effort) == name


@pytest.mark.parametrize(
    ("entry", "model", "effort", "name"),
    [
        ("openai/o4-mini-2025-04-16", "openai/o4-mini-2025-04-16", "high", "Mapped high"),
        ("o4-mini-2025-04-16", "openai/o4-mini-20250416", "high", "Mapped high"),
        ("o4-mini-2025-04-16 high", "openai/o4-mini-20250416", "high", "Mapped"),
        ("o4-mini-2025-04-16-high", "o4-mini-2025-04-16-high", None, "Mapped"),
        ("mistral-medium", "mistral-medium", None, "Mapped"),
        ("other", "mistral-medium", None, "mistral-medium"),
    ],
)
def test_model_map_takes_precedence_over_the_rules(monkeypatch, entry, model, effort, name):
    monkeypatch.setattr(config, "MODEL_NAME_MAP", {entry: "Mapped"})
    assert models.model_name(model, effort) == name


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("openai/o4-mini-20250416", id="as found"),
        pytest.param("o4-mini-20250416", id="without provider"),
        pytest.param("o4-mini-2025-04-16", id="final short name"),
    ],
)
@pytest.mark.parametrize(
    ("suffix", "effort", "name"),
    [
        ("", None, "Mapped"),
        ("", "high", "Mapped high"),
        (" high", "high", "Mapped"),
        (" high", "HIGH", "Mapped"),
        (" high", "low", "o4-mini-2025-04-16 low"),
        (" high", None, "o4-mini-2025-04-16"),
    ],
)
def test_keys_of_the_model_map(monkeypatch, key, suffix, effort, name):
    monkeypatch.setattr(config, "MODEL_NAME_MAP", {key + suffix: "Mapped"})
    assert models.model_name("openai/o4-mini-20250416", effort) == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("openai/o4-mini-20250416-high", "Mapped"),
        ("o4-mini-20250416-high", "Mapped"),
        ("o4-mini-2025-04-16 high", "Mapped"),
        ("o4-mini-20250416", "Mapped high"),
        ("o4-mini-2025-04-16", "Mapped high"),
    ],
)
def test_keys_of_the_model_map_if_the_name_ends_with_the_effort(monkeypatch, key, name):
    monkeypatch.setattr(config, "MODEL_NAME_MAP", {key: "Mapped"})
    assert models.model_name("openai/o4-mini-20250416-high") == name


def test_model_name_keys_are_the_names_that_the_model_map_may_have(monkeypatch):
    keys = models.model_name_keys("openai/o4-mini-20250416", "high")
    assert set(keys) == {
        f"{name}{suffix}"
        for name in ("openai/o4-mini-20250416", "o4-mini-20250416", "o4-mini-2025-04-16")
        for suffix in ("", " high")
    }
    for key in keys:
        monkeypatch.setattr(config, "MODEL_NAME_MAP", {key: "Mapped"})
        assert models.model_name("openai/o4-mini-20250416", "high").startswith("Mapped")


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-4.1-2025-04-14", "openai/gpt-4.1-20250414"])
def test_final_short_name_can_be_renamed(monkeypatch, model):
    monkeypatch.setitem(config.MODEL_NAME_MAP, "gpt-4.1-2025-04-14", "GPT 4.1")
    assert models.model_name(model) == "GPT 4.1"
    assert models.model_name(model, "high") == "GPT 4.1 high"


def test_default_effort_depends_on_the_name_before_renaming(monkeypatch):
    monkeypatch.setitem(config.MODEL_NAME_MAP, "o3-2025-04-16", "O3")
    assert models.model_name("o3-2025-04-16", "medium") == "O3"
    assert models.model_name("openai/o3-2025-04-03", "medium") == "O3"
    assert models.model_name("o3-2025-04-16", "high") == "O3 high"


@given(st.text(min_size=1), st.sampled_from([None, "low", "medium", "high"]))
def test_short_name_of_a_short_model_name_is_the_same(model, effort):
    name = models.model_name(names.clean_text(model), effort)
    assert models.model_name(name) == name
