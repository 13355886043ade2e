"""Short names of scaffolds and models: all names of the published runs, and each rule."""

import json

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from published_names import EFFORT_IN_AGENT_NAME, MODELS, SCAFFOLDS

import config
from hal_analysis import names
from hal_analysis.loaders.traces import parse_run


def raw_and_short_names(raw_names):
    return [(raw, short) for short, raws in raw_names.items() for raw in raws]


def run_with(agent_name, **agent_args):
    config_section = {
        "agent_name": agent_name,
        "benchmark_name": "gaia",
        "agent_args": agent_args,
    }
    return parse_run({"config": config_section, "results": {"accuracy": 0.5}})


@pytest.mark.parametrize(("agent", "scaffold"), raw_and_short_names(SCAFFOLDS))
def test_scaffold_of_each_published_agent(agent, scaffold):
    assert names.scaffold_name(agent) == scaffold


@pytest.mark.parametrize(("model_and_effort", "name"), raw_and_short_names(MODELS))
def test_name_of_each_published_model(model_and_effort, name):
    assert names.model_name(*model_and_effort) == name


def test_sample_has_exactly_the_names_above():
    agents, models, efforts = set(), set(), {}
    for path in (ROOT / "sample_traces").glob("*.json"):
        settings = json.loads(path.read_text(encoding="utf-8"))["config"]
        args = settings["agent_args"]
        agents.add(settings["agent_name"])
        model = args.get("agent.model.name") or args["model_name"]
        effort = args.get("agent.model.reasoning_effort") or args.get("reasoning_effort")
        if settings["agent_name"] in EFFORT_IN_AGENT_NAME:
            efforts[settings["agent_name"]] = effort
        else:
            models.add((model, effort))
    assert agents == {raw for raw, _ in raw_and_short_names(SCAFFOLDS)}
    assert models == {raw for raw, _ in raw_and_short_names(MODELS)}
    assert efforts == dict.fromkeys(EFFORT_IN_AGENT_NAME)


@pytest.mark.parametrize(("agent", "effort"), EFFORT_IN_AGENT_NAME.items())
def test_effort_in_the_agent_name(agent, effort):
    run = run_with(agent, model_name="o4-mini-2025-04-16")
    assert names.model_name(run.model, run.effort) == f"o4-mini-2025-04-16 {effort}"


def test_effort_in_the_arguments_takes_precedence_over_the_agent_name():
    run = run_with("A (o4-mini-2025-04-16 high)", model_name="o4-mini", reasoning_effort="low")
    assert (run.model, run.effort) == ("o4-mini", "low")


def test_model_in_the_agent_name():
    run = run_with("SeeAct(claude-3-7-sonnet-20250219_thinking_high_4096)")
    assert names.model_name(run.model, run.effort) == "claude-3-7-sonnet-2025-02-19 high"


def test_model_and_effort_in_arguments_with_dots():
    run = run_with("A (x)", **{"agent.model.name": "m", "agent.model.reasoning_effort": "low"})
    assert (run.model, run.effort) == ("m", "low")


@pytest.mark.parametrize(
    ("agent", "scaffold"),
    [
        ("CORE-Agent (GPT-4.1 (April 2025))", "CORE-Agent"),
        ("New Scaffold(model)", "New Scaffold"),
        ("New (Beta) Scaffold (model)", "New (Beta) Scaffold"),
        ("New Scaffold (model) v2", "New Scaffold (model) v2"),
        ("Odd Scaffold (x))", "Odd Scaffold (x))"),
        ("(model)", "(model)"),
        ("hal_generalist_agent_claude37sonnet20250219_high", "HAL Generalist Agent"),
        ("taubench_fewshot_o320250403", "TAU-bench FewShot"),
        ("usaco_episodic__semantic_gpt4120250414", "USACO Episodic + Semantic"),
        ("sab_selfdebug_claude37_high", "SAB Example Agent"),
        ("My Agent", "SWE-Agent"),
    ],
)
def test_scaffold_rules(agent, scaffold):
    assert names.scaffold_name(agent) == scaffold


@pytest.mark.parametrize(
    ("model", "effort", "name"),
    [
        ("openrouter/anthropic/claude-opus-4-20250514", None, "claude-opus-4-2025-05-14"),
        ("azure/gpt-5", "minimal", "gpt-5 minimal"),
        ("bedrock/x", None, "x"),
        ("vertex_ai/x", None, "x"),
        ("xai/grok-4", None, "grok-4"),
        ("openrouter/x-ai/grok-4", None, "grok-4"),
        ("openrouter/google/gemini-2.5-flash", None, "gemini-2.5-flash"),
        ("together_ai/openai/gpt-oss-120b", None, "gpt-oss-120b"),
        ("openai/gpt-5-2025-08-07", "medium", "gpt-5-2025-08-07 medium"),
        ("Qwen/Qwen3-235B", None, "Qwen/Qwen3-235B"),
        ("openai/", None, "openai/"),
        ("build-202502190", None, "build-202502190"),
        ("o4-mini-2025-04-16-medium", None, "o4-mini-2025-04-16"),
        ("o3-mini-high", None, "o3-mini high"),
        ("o4-mini-2025-04-16", "High", "o4-mini-2025-04-16 high"),
        ("claude-3-7-sonnet-20250219-thinking-high", None, "claude-3-7-sonnet-2025-02-19 high"),
        ("claude-opus-4-1 medium", None, "claude-opus-4-1 medium"),
        ("mistral-medium", None, "mistral-medium"),
        ("mistral-medium", "high", "mistral-medium high"),
    ],
)
def test_model_rules(model, effort, name):
    assert names.model_name(model, effort) == name


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
    assert names.model_name(model, effort) == name


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
    assert names.model_name("openai/o4-mini-20250416", effort) == name


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
    assert names.model_name("openai/o4-mini-20250416-high") == name


def test_model_name_keys_are_the_names_that_the_model_map_may_have(monkeypatch):
    keys = names.model_name_keys("openai/o4-mini-20250416", "high")
    assert set(keys) == {
        f"{name}{suffix}"
        for name in ("openai/o4-mini-20250416", "o4-mini-20250416", "o4-mini-2025-04-16")
        for suffix in ("", " high")
    }
    for key in keys:
        monkeypatch.setattr(config, "MODEL_NAME_MAP", {key: "Mapped"})
        assert names.model_name("openai/o4-mini-20250416", "high").startswith("Mapped")


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-4.1-2025-04-14", "openai/gpt-4.1-20250414"])
def test_final_short_name_can_be_renamed(monkeypatch, model):
    monkeypatch.setitem(config.MODEL_NAME_MAP, "gpt-4.1-2025-04-14", "GPT 4.1")
    assert names.model_name(model) == "GPT 4.1"
    assert names.model_name(model, "high") == "GPT 4.1 high"


def test_default_effort_depends_on_the_name_before_renaming(monkeypatch):
    monkeypatch.setitem(config.MODEL_NAME_MAP, "o3-2025-04-16", "O3")
    assert names.model_name("o3-2025-04-16", "medium") == "O3"
    assert names.model_name("openai/o3-2025-04-03", "medium") == "O3"
    assert names.model_name("o3-2025-04-16", "high") == "O3 high"


def test_agent_maps_take_precedence_over_the_rules(monkeypatch):
    monkeypatch.setattr(config, "AGENT_NAME_MAP", {"A*": "Pattern", "A (x)": "Exact"})
    monkeypatch.setattr(config, "AGENT_NAME_SHORT_MAP", {"Exact": "Short"})
    assert names.scaffold_name("A (x)") == "Short"
    assert names.scaffold_name("A (y)") == "Pattern"
    assert names.scaffold_name("B (A)") == "B"


@pytest.mark.parametrize(
    "model",
    ["o3", "o3-2025-04-16", "o3-2025-04-16 high", "xo1", "my-gpt-4o", "o4-mini-2025-04-16 low"],
)
def test_included_models(model):
    assert names.inclusion_mask([model], ["Any"]) == [True]


@pytest.mark.parametrize(
    "model",
    [
        "gemini-2.5-pro-preview-03-25",
        "o1",
        "o1-2024-12-17 high",
        "o3-mini-2025-01-31 low",
        "gpt-4o-2024-11-20",
        "o3-2025-04-16 low",
        "claude-3-7-sonnet-2025-02-19 low",
        "o4-mini-2025-04-16",
    ],
)
def test_models_excluded_from_the_published_analysis(model):
    assert names.inclusion_mask([model], ["Any"]) == [False]


def test_excluded_agents_may_be_patterns_or_exact_names_with_brackets(monkeypatch):
    monkeypatch.setattr(config, "EXCLUDED_AGENTS", ["Agent [v1]", "Test*"])
    scaffolds = ["Agent [v1]", "Agent v2", "Tester", "A Test"]
    assert names.inclusion_mask(["m"] * 4, scaffolds) == [False, True, False, True]


@given(st.text(min_size=1), st.sampled_from([None, "low", "medium", "high"]))
def test_short_name_of_a_short_model_name_is_the_same(model, effort):
    name = names.model_name(names.clean_text(model), effort)
    assert names.model_name(name) == name


@given(st.text())
def test_clean_text_is_idempotent_and_can_be_encoded(text):
    cleaned = names.clean_text(text)
    assert names.clean_text(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    cleaned.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [(" two\n\t words ", "two words"), ("e\u0301", "\u00e9"), ("lone \ud800", "lone ?"), ("", "")],
)
def test_clean_text(text, cleaned):
    assert names.clean_text(text) == cleaned
