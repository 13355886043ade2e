"""What a user edits: folders, spellings, and what to leave out. Nothing here computes.

Paths are relative to the folder of this file; absolute ones stand as they are.

Maps are looked up before any rule, so an entry always wins. A key is the name as the trace
(or the sheet) writes it. In the maps of agents, and in the lists of what is excluded, it may be a
pattern with *, ? and [...]; the very name comes first, then the first pattern that matches. What
no entry names goes through the rules of `names.py` (provider prefix, date spelling, effort,
trailing parentheses) and otherwise keeps its own name.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent

DATA_DIR = "sample_traces"  # the traces, one file a run, also in subfolders
TABLES_DIR = "data"  # the status sheet in, the CSVs of the stages out
FIGURES_DIR = "visualizations/new_plots"

# Model names. Keys: the name as found, or that name without provider prefix, with or without
# the effort after a space ("o3-2025-04-03", "o3-2025-04-03 high").
MODEL_NAME_MAP = {
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "o3-2025-04-03": "o3-2025-04-16",
    "DeepSeek-R1": "deepseek-ai/DeepSeek-R1",
    "DeepSeek-V3": "deepseek-ai/DeepSeek-V3",
}

# An API provider in front of a model's name is dropped; an organisation (deepseek-ai/) stays.
PROVIDER_PREFIXES = [
    "anthropic",
    "azure",
    "bedrock",
    "gemini",
    "google",
    "openai",
    "openrouter",
    "together_ai",
    "vertex_ai",
    "x-ai",
    "xai",
]

# Agent names as the traces write them, model part included, to the name of the scaffold.
AGENT_NAME_MAP = {
    "SAB Self-Debug *": "SAB Example Agent",
    "sab_selfdebug_*": "SAB Example Agent",
    "colbench_text_*": "Col-bench Text",
    "colbench_*": "HAL Generalist Agent",
    "halgeneralist_*": "HAL Generalist Agent",
    "hal_generalist_agent_*": "HAL Generalist Agent",
    "taubench_fewshot_*": "TAU-bench FewShot",
    "usaco_episodic__semantic_*": "USACO Episodic + Semantic",
}

# Scaffolds (the agent's name without its model part) to the name in tables and figures.
AGENT_NAME_SHORT_MAP = {
    "Browser-Use_test": "Browser-Use",
    "Hal Generalist Agent": "HAL Generalist Agent",
    "My Agent": "SWE-Agent",
    "coreagent": "CORE-Agent",
}

# Spellings of the status sheet, to the names that the dataset has.
SHEET_BENCHMARK_MAP = {
    "Online-Mind2Web": "online_mind2web",
    "ScienceAgentBench": "scienceagentbench",
    "colbench-backend": "colbench_backend_programming",
    "colbench-frontend": "colbench_frontend_design",
    "swebench-verified-mini": "swebench_verified_mini",
}
SHEET_AGENT_MAP = {
    "Assistantbench Browsing Agent": "Assistantbench Browser Agent",
    "Colbench Agent": "Col-bench Text",
    "Open Deep Research": "HF Open Deep Research",
    "Reflexion": "USACO Episodic + Semantic",
    "SciCode Tool Calling": "Scicode Tool Calling Agent",
    "Scicode Zero Shot": "Scicode Zero Shot Agent",
    "TAU-bench FewShot Agent": "TAU-bench FewShot",
}
SHEET_MODEL_MAP = {}

# Left out of the analysis: names, or patterns, after normalisation.
EXCLUDED_MODELS = [
    "gemini-2.5-pro*",
    "o1*",
    "o3-mini*",
    "gpt-4o*",
    "o3-2025-04-16 low",
    "claude-3-7-sonnet-2025-02-19 low",
    "o4-mini-2025-04-16",
]
EXCLUDED_AGENTS = []

# Every other scaffold counts as task-specific.
GENERALIST_AGENTS = ["HAL Generalist Agent"]

# What a tie is worth in a win rate: 0 is no win, 0.5 is half a win.
TIE_CREDIT = 0
