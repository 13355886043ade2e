"""Names that look like one model or scaffold are reported, and never merged."""

import pandas as pd
import pytest
from trace_files import changed, write_trace

from hal_analysis.similar_names import describe_similar_names


def describe(models=("m",), scaffolds=("S",)):
    rows = [(scaffold, model) for scaffold in scaffolds for model in models]
    return describe_similar_names(
        pd.DataFrame(rows, columns=["agent_name_short", "model_name_short"])
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("claude-opus-9-5", "claude-opus-9-5-2031-11-01"),
        ("claude-opus-9.5", "claude-opus-9-5-2031-11-01"),
        ("mistral-medium", "mistral-medium-latest"),
        ("mistral-medium", "mistral/mistral-medium-latest"),
        ("gpt-9 high", "gpt-9-2031-01-01 high"),
        ("gpt-9", "gpt-9 medium"),
        ("gpt-4o", "gpt-4o-2024-11-20"),
        ("claude-3-5-sonnet-2024-10-22", "claude-3.5-sonnet"),
        ("qwen/qwen9", "qwen9"),
        ("gpt-4.1-2025-04-14", "GPT-4.1"),  # one known model, renamed in part
        ("модель-а", "модель а"),
    ],
)
def test_names_that_may_be_one_model(first, second):
    pair = ", ".join(sorted([first, second]))
    assert describe([first, second, "other"]) == [f"possibly one model: {pair}: see MODEL_NAME_MAP"]


@pytest.mark.parametrize(
    "models",
    [
        ("gpt-4.1-2025-04-14", "gpt-4.1-mini-2025-04-14"),
        ("o3-2025-04-16", "o3-pro-2025-06-10"),
        ("модель-а", "другая", "模型"),
        ("o4-mini-2025-04-16 high", "o4-mini-2025-04-16 low"),
        ("gpt-9 high", "gpt-9 low"),
        ("claude-3-5-sonnet-2024-10-22", "claude-3-5-sonnet-2024-06-20"),  # both are known
        ("gemini-2.0-flash", "gemini-2.0-flash-lite"),
        ("gpt-5-2025-08-07", "gpt-5.1-2025-11-13"),
        ("deepseek-ai/DeepSeek-V3", "deepseek-ai/DeepSeek-V3.1"),
    ],
)
def test_names_that_are_two_models(models):
    assert describe(models) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CORE-Agent", "Core Agent"),
        ("HAL Generalist", "HAL Generalist Agent"),
        ("SciCode Tool Calling Agent", "Scicode Tool Calling Agent"),
    ],
)
def test_names_that_may_be_one_scaffold(first, second):
    assert describe(scaffolds=[second, first, "Other"]) == [
        f"possibly one scaffold: {first}, {second}: see AGENT_NAME_SHORT_MAP"
    ]


def test_sample_has_no_similar_names(sample_project):
    assert describe_similar_names(sample_project.table("cleaned_all_metrics.csv")) == []


def test_stage_1_and_the_check_name_the_pairs(project):
    for number, model in enumerate(["claude-opus-9-5", "claude-opus-9-5-20311101"]):
        args = {"model_name": model}
        trace = changed(config__agent_args=args, config__run_id=f"run{number}")
        write_trace(project.traces, f"{number}.json", trace)
    line = "possibly one model: claude-opus-9.5, claude-opus-9.5-2031-11-01: see MODEL_NAME_MAP"
    for stage in ("generate_cleaned_dataset", "check_data"):
        assert line in project.run(stage)
    assert (
        f"Similar names (1)\n  {line}\n"
        in (project.tables / "missing_rows_analysis.txt").read_text()
    )
    project.configure(MODEL_NAME_MAP={"claude-opus-9.5": "claude-opus-9.5-2031-11-01"})
    assert "possibly one" not in project.run("generate_cleaned_dataset")
    merged_names = project.table("cleaned_all_metrics.csv").model_name_short
    assert merged_names.tolist() == ["claude-opus-9.5-2031-11-01"] * 2


def test_first_pairs_are_printed_with_the_number_of_others(project):
    """Seven models with and without a date are seven pairs."""
    models = [f"model-{letter}{date}" for letter in "abcdefg" for date in ("", "-20311101")]
    for number, model in enumerate(models):
        args = {"model_name": model}
        trace = changed(config__agent_args=args, config__run_id=f"run{number}")
        write_trace(project.traces, f"{number}.json", trace)
    output = project.run("generate_cleaned_dataset")
    assert output.count("possibly one model: ") == 5
    assert "… and 2 more pairs\n" in output
