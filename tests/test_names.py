"""Raw names to short ones: every raw name of the published runs, then each rule alone."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
import names
import traces

# The raw agent names of the 163 published runs, by the scaffold that each is.
SCAFFOLDS = {
    "Assistantbench Browser Agent": [
        "Assistantbench Browser Agent (claude-3-7-sonnet-20250219 high)",
        "Assistantbench Browser Agent (claude-3-7-sonnet-20250219)",
        "Assistantbench Browser Agent (deepseek-ai/DeepSeek-R1)",
        "Assistantbench Browser Agent (deepseek-ai/DeepSeek-V3)",
        "Assistantbench Browser Agent (gemini-2.0-flash)",
        "Assistantbench Browser Agent (gpt-4.1-2025-04-14)",
        "Assistantbench Browser Agent (o4-mini-2025-04-16 high)",
        "Assistantbench Browser Agent (o4-mini-2025-04-16 low)",
    ],
    "Browser-Use": [
        "Browser-Use(gpt-4.1-2025-04-14)",
        "Browser-Use(o3-2025-04-16)",
        "Browser-Use(o4-mini-2025-04-16_high_reasoning_effort)",
        "Browser-Use(o4-mini-2025-04-16_low_reasoning_effort)",
        "Browser-Use_test(DeepSeek-R1)",
        "Browser-Use_test(DeepSeek-V3)",
        "Browser-Use_test(claude-3-7-sonnet-20250219)",
    ],
    "CORE-Agent": [
        "CORE-Agent",
    ],
    "Col-bench Text": [
        "colbench_text_deepseekr1",
        "colbench_text_deepseekv3",
        "colbench_text_gemini",
        "colbench_text_gemmini2flash",
        "colbench_text_gpt41",
        "colbench_text_o4mini",
        "colbench_text_o4minihigh",
        "colbench_text_o4minilow",
        "colbench_text_sonnet",
    ],
    "HAL Generalist Agent": [
        "HAL Generalist Agent",
        "HAL Generalist Agent (claude-3-7-sonnet-20250219 high)",
        "HAL Generalist Agent (claude-3-7-sonnet-20250219)",
        "HAL Generalist Agent (deepseek-ai/DeepSeek-R1)",
        "HAL Generalist Agent (deepseek-ai/DeepSeek-V3)",
        "HAL Generalist Agent (gemini-2.0-flash)",
        "HAL Generalist Agent (gpt-4.1-2025-04-14)",
        "HAL Generalist Agent (o3-2025-04-16)",
        "HAL Generalist Agent (o4-mini-2025-04-16 high)",
        "HAL Generalist Agent (o4-mini-2025-04-16 low)",
        "Hal Generalist Agent (gpt-4.1-2025-04-14)",
        "Hal Generalist Agent (o3-2025-04-16)",
        "Hal Generalist Agent (o4-mini-2025-04-16 high)",
        "Hal Generalist Agent (o4-mini-2025-04-16 low)",
        "colbench_deepseekr1",
        "colbench_deepseekv3",
        "colbench_frontend_deepseekr1",
        "colbench_frontend_deepseekv3",
        "colbench_frontend_gpt41",
        "colbench_frontend_o3mini",
        "colbench_frontend_o4minihigh",
        "colbench_gpt41_fixed",
        "colbench_o4minihigh",
        "halgeneralist_backend_sonnet37",
        "halgeneralist_frontend_sonnet37",
    ],
    "HF Open Deep Research": [
        "HF Open Deep Research (claude-3-7-sonnet-20250219 high)",
        "HF Open Deep Research (claude-3-7-sonnet-20250219)",
        "HF Open Deep Research (deepseek-ai/DeepSeek-R1)",
        "HF Open Deep Research (deepseek-ai/DeepSeek-V3)",
        "HF Open Deep Research (gemini-2.0-flash)",
        "HF Open Deep Research (gpt-4.1-2025-04-14)",
        "HF Open Deep Research (o3-2025-04-16)",
        "HF Open Deep Research (o4-mini-2025-04-16 high)",
        "HF Open Deep Research (o4-mini-2025-04-16 low)",
    ],
    "SAB Example Agent": [
        "SAB Self-Debug Claude-3-7",
        "SAB Self-Debug Claude-3-7 high",
        "SAB Self-Debug DS-R1",
        "SAB Self-Debug DS-V3",
        "SAB Self-Debug gemini-2-0-flash",
        "SAB Self-Debug gpt 4.1",
        "SAB Self-Debug o3 medium",
        "SAB Self-Debug o4-mini high",
        "SAB Self-Debug o4-mini low",
    ],
    "SWE-Agent": [
        "My Agent(claude-3-7-sonnet-20250219)",
        "My Agent(gemini/gemini-2.0-flash)",
        "My Agent(gpt-4.1)",
        "My Agent(o3-2025-04-16)",
        "My Agent(o4-mini-2025-04-16)",
        "My Agent(together_ai/deepseek-ai/DeepSeek-R1)",
        "My Agent(together_ai/deepseek-ai/DeepSeek-V3)",
    ],
    "Scicode Tool Calling Agent": [
        "Scicode Tool Calling Agent (claude-3-7-sonnet-20250219)",
        "Scicode Tool Calling Agent (deepseek-ai/DeepSeek-V3)",
        "Scicode Tool Calling Agent (gemini-2.0-flash)",
        "Scicode Tool Calling Agent (gpt-4.1-2025-04-14)",
        "Scicode Tool Calling Agent (o3-2025-04-16)",
        "Scicode Tool Calling Agent (o4-mini-2025-04-16 high)",
        "Scicode Tool Calling Agent (o4-mini-2025-04-16 low)",
    ],
    "Scicode Zero Shot Agent": [
        "Scicode Zero Shot Agent (claude-3-7-sonnet-20250219)",
        "Scicode Zero Shot Agent (deepseek-ai/DeepSeek-V3)",
        "Scicode Zero Shot Agent (gemini-2.0-flash)",
        "Scicode Zero Shot Agent (gpt-4.1-2025-04-14)",
        "Scicode Zero Shot Agent (o3-2025-04-16)",
        "Scicode Zero Shot Agent (o4-mini-2025-04-16 high)",
        "Scicode Zero Shot Agent (o4-mini-2025-04-16 low)",
    ],
    "SeeAct": [
        "SeeAct(claude-3-7-sonnet-20250219)",
        "SeeAct(claude-3-7-sonnet-20250219_thinking_high_4096)",
        "SeeAct(gpt-4.1-2025-04-14)",
        "SeeAct(o3-2025-04-16)",
        "SeeAct(o4-mini-2025-04-16_high_reasoning_effort)",
        "SeeAct(o4-mini-2025-04-16_low_reasoning_effort)",
    ],
    "TAU-bench FewShot": [
        "TAU-bench FewShot (claude-3-7-sonnet-20250219)",
        "TAU-bench FewShot (deepseek-ai/DeepSeek-R1)",
        "TAU-bench FewShot (deepseek-ai/DeepSeek-V3)",
        "TAU-bench FewShot (gpt-4.1-2025-04-14)",
        "TAU-bench FewShot (o3-2025-04-03)",
        "TAU-bench FewShot (o4-mini-2025-04-16 high)",
        "TAU-bench FewShot (o4-mini-2025-04-16 low)",
    ],
    "USACO Episodic + Semantic": [
        "USACO Episodic + Semantic (claude-3-7-sonnet-20250219 high)",
        "USACO Episodic + Semantic (claude-3-7-sonnet-20250219)",
        "USACO Episodic + Semantic (deepseek-ai/DeepSeek-R1)",
        "USACO Episodic + Semantic (deepseek-ai/DeepSeek-V3)",
        "USACO Episodic + Semantic (gpt-4.1-2025-04-14)",
        "USACO Episodic + Semantic (o3-2025-04-16)",
        "USACO Episodic + Semantic (o4-mini-2025-04-16 high)",
        "USACO Episodic + Semantic (o4-mini-2025-04-16 low)",
    ],
}

# Models as the arguments of the published runs give them, with the effort beside them.
MODELS = {
    "claude-3-7-sonnet-2025-02-19": [
        ("anthropic/claude-3-7-sonnet-20250219", None),
        ("claude-3-7-sonnet-20250219", None),
    ],
    "claude-3-7-sonnet-2025-02-19 high": [
        ("anthropic/claude-3-7-sonnet-20250219", "high"),
        ("claude-3-7-sonnet-20250219", "high"),
    ],
    "deepseek-ai/DeepSeek-R1": [
        ("deepseek-ai/DeepSeek-R1", None),
        ("together_ai/deepseek-ai/DeepSeek-R1", None),
    ],
    "deepseek-ai/DeepSeek-V3": [
        ("deepseek-ai/DeepSeek-V3", None),
        ("together_ai/deepseek-ai/DeepSeek-V3", None),
    ],
    "gemini-2.0-flash": [
        ("gemini-2.0-flash", None),
        ("gemini/gemini-2.0-flash", None),
    ],
    "gpt-4.1-2025-04-14": [
        ("gpt-4.1", None),
        ("gpt-4.1-2025-04-14", None),
        ("openai/gpt-4.1-2025-04-14", None),
    ],
    "o3-2025-04-16": [
        ("o3-2025-04-03", None),
        ("o3-2025-04-16", "medium"),
        ("o3-2025-04-16", None),
        ("openai/o3-2025-04-16", None),
    ],
    "o4-mini-2025-04-16 high": [
        ("o4-mini-2025-04-16", "high"),
        ("openai/o4-mini-2025-04-16", "high"),
    ],
    "o4-mini-2025-04-16 low": [
        ("o4-mini-2025-04-16", "low"),
        ("openai/o4-mini-2025-04-16", "low"),
    ],
}

# Runs whose effort stands in the agent's name alone.
EFFORT_IN_AGENT_NAME = {
    "SeeAct(o4-mini-2025-04-16_high_reasoning_effort)": "high",
    "SeeAct(o4-mini-2025-04-16_low_reasoning_effort)": "low",
    "SeeAct(claude-3-7-sonnet-20250219_thinking_high_4096)": "high",
}


def pairs(names_by_short):
    return [(raw, short) for short, names in names_by_short.items() for raw in names]


@pytest.mark.parametrize(("agent", "scaffold"), pairs(SCAFFOLDS))
def test_scaffold_of_every_published_agent(agent, scaffold):
    assert names.scaffold_name(agent) == scaffold


@pytest.mark.parametrize(("found", "model"), pairs(MODELS))
def test_name_of_every_published_model(found, model):
    assert names.model_name(*found) == model


def test_the_tables_above_hold_every_name_of_the_sample():
    agents, models, efforts = set(), set(), {}
    for path in Path(config.ROOT, "sample_traces").glob("*.json"):
        settings = json.loads(path.read_text(encoding="utf-8"))["config"]
        args = settings["agent_args"]
        agents.add(settings["agent_name"])
        model = args.get("agent.model.name") or args["model_name"]
        effort = args.get("agent.model.reasoning_effort") or args.get("reasoning_effort")
        if settings["agent_name"] in EFFORT_IN_AGENT_NAME:
            efforts[settings["agent_name"]] = effort
        else:
            models.add((model, effort))
    assert agents == {raw for raw, _ in pairs(SCAFFOLDS)}
    assert models == {raw for raw, _ in pairs(MODELS)}
    assert efforts == dict.fromkeys(EFFORT_IN_AGENT_NAME)


def run_of(agent_name, **agent_args):
    return traces.run_figures(
        {
            "config": {
                "agent_name": agent_name,
                "benchmark_name": "gaia",
                "agent_args": agent_args,
            },
            "results": {"accuracy": 0.5},
        }
    )


@pytest.mark.parametrize(("agent", "effort"), EFFORT_IN_AGENT_NAME.items())
def test_effort_that_only_the_agent_name_gives(agent, effort):
    run = run_of(agent, model_name="o4-mini-2025-04-16")
    assert names.model_name(run["model"], run["effort"]) == f"o4-mini-2025-04-16 {effort}"


def test_effort_in_the_arguments_beats_the_agent_name():
    run = run_of("A (o4-mini-2025-04-16 high)", model_name="o4-mini", reasoning_effort="low")
    assert (run["model"], run["effort"]) == ("o4-mini", "low")


def test_model_that_only_the_agent_name_gives():
    run = run_of("SeeAct(claude-3-7-sonnet-20250219_thinking_high_4096)")
    name = names.model_name(run["model"], run["effort"])
    assert name == "claude-3-7-sonnet-2025-02-19 high"


def test_model_arguments_of_both_kinds():
    run = run_of("A (x)", **{"agent.model.name": "m", "agent.model.reasoning_effort": "low"})
    assert (run["model"], run["effort"]) == ("m", "low")


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
def test_an_entry_in_the_model_map_beats_every_rule(monkeypatch, entry, model, effort, name):
    monkeypatch.setattr(config, "MODEL_NAME_MAP", {entry: "Mapped"})
    assert names.model_name(model, effort) == name


@pytest.mark.parametrize("found", ["gpt-4.1", "gpt-4.1-2025-04-14", "openai/gpt-4.1-20250414"])
def test_a_name_of_the_tables_can_be_renamed(monkeypatch, found):
    monkeypatch.setitem(config.MODEL_NAME_MAP, "gpt-4.1-2025-04-14", "GPT 4.1")
    assert names.model_name(found) == "GPT 4.1"
    assert names.model_name(found, "high") == "GPT 4.1 high"


def test_the_default_effort_goes_by_the_model_not_by_its_new_name(monkeypatch):
    monkeypatch.setitem(config.MODEL_NAME_MAP, "o3-2025-04-16", "O3")
    assert names.model_name("o3-2025-04-16", "medium") == "O3"
    assert names.model_name("openai/o3-2025-04-03", "medium") == "O3"
    assert names.model_name("o3-2025-04-16", "high") == "O3 high"


def test_an_entry_in_the_agent_maps_beats_every_rule(monkeypatch):
    monkeypatch.setattr(config, "AGENT_NAME_MAP", {"A*": "Pattern", "A (x)": "Exact"})
    monkeypatch.setattr(config, "AGENT_NAME_SHORT_MAP", {"Exact": "Short"})
    assert names.scaffold_name("A (x)") == "Short"
    assert names.scaffold_name("A (y)") == "Pattern"
    assert names.scaffold_name("B (A)") == "B"


@pytest.mark.parametrize(
    "model",
    ["o3", "o3-2025-04-16", "o3-2025-04-16 high", "xo1", "my-gpt-4o", "o4-mini-2025-04-16 low"],
)
def test_models_that_stay(model):
    assert names.included([model], ["Any"]) == [True]


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
def test_models_left_out_of_the_published_analysis(model):
    assert names.included([model], ["Any"]) == [False]


def test_excluded_agents_and_names_with_brackets(monkeypatch):
    monkeypatch.setattr(config, "EXCLUDED_AGENTS", ["Agent [v1]", "Test*"])
    scaffolds = ["Agent [v1]", "Agent v2", "Tester", "A Test"]
    assert names.included(["m"] * 4, scaffolds) == [False, True, False, True]


@given(st.text(min_size=1), st.sampled_from([None, "low", "medium", "high"]))
def test_a_short_model_name_is_its_own_short_name(model, effort):
    name = names.model_name(names.clean_text(model), effort)
    assert names.model_name(name) == name


@given(st.text())
def test_clean_text_settles_spelling(text):
    cleaned = names.clean_text(text)
    assert names.clean_text(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    cleaned.encode("utf-8")
