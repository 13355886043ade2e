"""Runs of HAL's reliability study are perturbed repeats, not scaffolds."""

import pytest
from small_runs import select_rows
from stage_1_output import count_perturbed, parse_counts, run_ids
from trace_files import changed, write_trace

from hal_analysis.loaders.traces import parse_run

STAGE = "generate_cleaned_dataset"
MODEL = {"model_name": "openai/gpt-x-20260102"}


def trace(agent, args=None, **fields):
    """Return a trace with an agent, further arguments of it, and further fields of `config`."""
    fields = {f"config__{name}": value for name, value in fields.items()}
    return changed(config__agent_name=agent, config__agent_args=MODEL | (args or {}), **fields)


def perturbation(*args, **fields):
    return parse_run(trace(*args, **fields)).perturbation


@pytest.mark.parametrize("key", ["enable_fault_injection", "enable_structural_perturbations"])
@pytest.mark.parametrize(
    ("value", "expected"), [("true", "perturbed"), (True, "perturbed"), ("false", ""), (False, "")]
)
def test_argument_that_enables_a_perturbation(key, value, expected):
    assert perturbation("A", {key: value}) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("mild", "perturbed"), (True, "perturbed"), ("", ""), (None, ""), (False, ""), ("false", "")],
)
def test_prompt_sensitivity(value, expected):
    assert perturbation("A", prompt_sensitivity=value) == expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("My_Agent_fault_20pct", "fault_20pct"),
        ("My_Agent_struct_medium", "struct_medium"),
        ("My_Agent_prompt_mild", "prompt_mild"),
        ("My_Agent_prompt_strong_var3", "prompt_strong_var3"),
        ("My_Agent_prompt_naturalistic (gpt-x)", "prompt_naturalistic"),
        ("My_Agent_prompt_engineer", ""),
        ("default_20pct", ""),
        ("My_Agent_fault_tolerant", ""),
        ("My_Agent_prompt_mildly", ""),
    ],
)
def test_suffix_of_the_agent_name_without_these_keys(agent, expected):
    assert perturbation(agent) == expected


def test_keys_take_precedence_over_the_suffix():
    agent = "My_Agent_fault_20pct"
    assert perturbation(agent, {"enable_fault_injection": "false"}) == ""
    assert perturbation(agent, {"enable_fault_injection": "true"}) == "fault_20pct"
    assert perturbation(agent, prompt_sensitivity=None) == ""


def write_reliability_study(project):
    """Write two repeats of a baseline, four perturbed runs and an excluded model."""
    traces = {
        "base_rep1": trace("TAU-bench Agent"),
        "base_rep2": trace("TAU-bench Agent"),
        "fault": trace("TAU-bench Agent_fault_20pct", {"enable_fault_injection": "true"}),
        "struct": trace("TAU-bench Agent_struct_medium"),
        "prompt": trace("TAU-bench Agent_prompt_mild_var2 (gpt-x)", prompt_sensitivity="mild"),
        "no suffix": trace("TAU-bench Agent", {"enable_structural_perturbations": "true"}),
        "excluded": changed(config__agent_args={"model_name": "gpt-4o"}),
    }
    for run_id, content in traces.items():
        content["config"]["run_id"] = run_id
        write_trace(project.traces, f"{run_id}.json", content)


def test_perturbed_runs_are_excluded_and_counted(project):
    write_reliability_study(project)
    for _ in range(2):  # the second time from the cache
        output = project.run_quietly(STAGE)
        assert parse_counts(output) == (7, 2, 1, 0, 0)
        assert count_perturbed(output) == 4
        assert run_ids(project) == ["base_rep1", "base_rep2"]


def test_perturbed_runs_are_kept_as_scaffolds_of_their_own(project):
    write_reliability_study(project)
    project.configure(PERTURBED_RUNS="keep")
    output = project.run_quietly(STAGE)
    assert parse_counts(output) == (7, 6, 1, 0, 0)
    assert count_perturbed(output) == 0
    dataset = project.table("cleaned_all_metrics.csv")
    assert select_rows(dataset, "run_id", "agent_name_short") == [
        ("base_rep1", "TAU-bench Agent"),
        ("base_rep2", "TAU-bench Agent"),
        ("fault", "TAU-bench Agent_fault_20pct"),
        ("no suffix", "TAU-bench Agent_perturbed"),
        ("prompt", "TAU-bench Agent_prompt_mild_var2"),
        ("struct", "TAU-bench Agent_struct_medium"),
    ]
    assert set(dataset.model_name_short) == {"gpt-x-2026-01-02"}


def test_perturbed_run_cannot_win_by_luck(project):
    """The perturbed run has the highest accuracy of the model, and is not in its `max`."""
    for number, (agent, accuracy) in enumerate({"A": 0.4, "A_fault_20pct": 0.9}.items()):
        content = trace(agent, benchmark_name="gaia")
        content["results"]["accuracy"] = accuracy
        write_trace(project.traces, f"{number}.json", content)
    project.run("run_pipeline", "--only", STAGE, "cost_accuracy_curve")
    assert project.table("pareto_distances.csv").accuracy.tolist() == [0.4]


def test_traces_of_which_all_are_perturbed_are_an_error(project):
    write_trace(project.traces, "a.json", trace("A_fault_20pct"))
    assert project.fail(STAGE).startswith(f"All usable runs in {project.traces} are perturbed: ")
