"""What a user edits: folders, spellings, and what to leave out. Nothing here computes.

Relative paths start at the folder of this file. Options of the scripts, such as `--output-dir`,
override the settings here.

Every map and list takes precedence over the built-in rules for names (`docs/method.md`). Keys are
names as the traces or the status sheet spell them. In the maps of agents and in the lists of
exclusions, an entry may be a pattern with *, ? and [...]; an exact name takes precedence over a
pattern, and the first matching pattern over the others.
"""

DATA_DIR = "sample_traces"  # the traces, also in subfolders
TABLES_DIR = "data"  # the CSV files that the stages write and read
FIGURES_DIR = "visualizations/new_plots"

# Your plan of runs, a CSV file with the columns Benchmark, Agent, Model, Status. None: the sample's
# sheet, data/agent_run_status.csv, is used for the sample, and no sheet for other traces.
STATUS_SHEET = None

# Model names. A key may be the name as found, the name without provider, or the final short name,
# each with or without the effort after a space ("o3-2025-04-03", "o3-2025-04-03 high").
MODEL_NAME_MAP = {
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "o3-2025-04-03": "o3-2025-04-16",
    "DeepSeek-R1": "deepseek-ai/DeepSeek-R1",
    "DeepSeek-V3": "deepseek-ai/DeepSeek-V3",
}

# Prefixes of API providers are dropped from model names; an organisation (deepseek-ai/) stays.
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

# Agent names as the traces spell them, including the model part, to scaffolds.
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

# Scaffolds (agent names without the model part) to the names in tables and figures.
AGENT_NAME_SHORT_MAP = {
    "Browser-Use_test": "Browser-Use",
    "Hal Generalist Agent": "HAL Generalist Agent",
    "My Agent": "SWE-Agent",
    "coreagent": "CORE-Agent",
}

# Spellings of the status sheet to the names in the dataset.
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
SHEET_MODEL_MAP: dict[str, str] = {}

# Left out of the analysis: final short names, or patterns of them.
EXCLUDED_MODELS = [
    "gemini-2.5-pro*",
    "o1*",
    "o3-mini*",
    "gpt-4o*",
    "o3-2025-04-16 low",
    "claude-3-7-sonnet-2025-02-19 low",
    "o4-mini-2025-04-16",
]
EXCLUDED_AGENTS: list[str] = []

# All other scaffolds are task-specific.
GENERALIST_AGENTS = ["HAL Generalist Agent"]

# The part of a win that a tie counts: 0, as published, or 0.5, as in HELM.
TIE_CREDIT = 0

# True: win rates and means over the benchmarks that every model ran on (--common-benchmarks).
COMMON_BENCHMARKS_ONLY = False

# png, pdf and svg (--format).
FIGURE_FORMATS = ["png"]
