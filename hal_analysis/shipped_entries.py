"""The entries that `config.py` ships; unused ones are not reported to users."""

SHIPPED_ENTRIES: dict[str, list[str]] = {
    "MODEL_NAME_MAP": [],
    "AGENT_NAME_MAP": [
        "*colbench_example_agent*",
        "SAB Self-Debug *",
        "sab_selfdebug_*",
        "colbench_text_*",
        "colbench_*",
        "halgeneralist_*",
        "hal_generalist_agent_*",
        "taubench_fewshot_*",
        "usaco_episodic__semantic_*",
    ],
    "AGENT_NAME_SHORT_MAP": ["Browser-Use_test", "Hal Generalist Agent", "coreagent"],
    "EXCLUDED_MODELS": [
        "gemini-2.5-pro*",
        "o1*",
        "o3-mini*",
        "gpt-4o*",
        "o3-2025-04-16 low",
        "claude-3-7-sonnet-2025-02-19 low",
        "o4-mini-2025-04-16",
    ],
    "EXCLUDED_AGENTS": [],
    "GENERALIST_AGENTS": ["HAL Generalist Agent"],
}
