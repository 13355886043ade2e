"""Short names of scaffolds, exclusions, and the normalisation of text."""

import json

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from published_names import EFFORT_IN_AGENT_NAME, MODELS, SCAFFOLDS, raw_and_short_names

import config
from hal_analysis import names


@pytest.mark.parametrize(("agent", "scaffold"), raw_and_short_names(SCAFFOLDS))
def test_scaffold_of_each_published_agent(agent, scaffold):
    benchmark = "swebench_verified_mini" if scaffold == "SWE-Agent" else "gaia"
    assert names.scaffold_name(agent, benchmark) == scaffold


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
        ("My Agent (model)", "My Agent"),
        ("my_agenttogether_aideepseekaideepseekv3", "my_agenttogether_aideepseekaideepseekv3"),
    ],
)
def test_scaffold_rules(agent, scaffold):
    assert names.scaffold_name(agent) == scaffold


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
