"""The names of the 163 published runs: as their traces spell them, and as tables have them."""

# The agent names of the 163 published runs, by scaffold.
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

# Model and effort in the arguments of the published runs, by short name.
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

# Efforts that only the name of the agent states.
EFFORT_IN_AGENT_NAME = {
    "SeeAct(o4-mini-2025-04-16_high_reasoning_effort)": "high",
    "SeeAct(o4-mini-2025-04-16_low_reasoning_effort)": "low",
    "SeeAct(claude-3-7-sonnet-20250219_thinking_high_4096)": "high",
}


def raw_and_short_names(raw_names):
    """Return each raw name with its short name."""
    return [(raw, short) for short, raws in raw_names.items() for raw in raws]
