"""Settings: folders, names and exclusions. This file contains only values.

Relative paths start at the folder of this file. Options of the scripts, such as `--output-dir`,
override the settings here.

Every map and list takes precedence over the built-in rules for names (`docs/method.md`). Keys are
names as they appear in the traces or in the status sheet. In the maps of agents and in the lists of
exclusions, an entry may be a pattern with *, ? and [...]; an exact name takes precedence over a
pattern, and the first matching pattern over the others.
"""

DATA_DIR = "sample_traces"  # folder of the traces, including subfolders, or its URL
TABLES_DIR = "data"  # the CSV files that the stages write and read
FIGURES_DIR = "visualizations/new_plots"

# Your plan of runs, a CSV file with the columns Benchmark, Agent, Model, Status. None: the sample's
# sheet, data/agent_run_status.csv, is used for the sample, and no sheet for other traces.
STATUS_SHEET = None

# Model names, for what the rules and hal_analysis/known_models.csv do not cover. A key may be the
# name in the trace, the name without provider, or the final short name, each with or without the
# effort after a space: "o3-2025-04-16": "o3", or "o3-2025-04-16 high": "o3 (high)".
MODEL_NAME_MAP: dict[str, str] = {}

# Prefixes of API providers are dropped from model names; an organisation (deepseek-ai/) is kept.
PROVIDER_PREFIXES = [
    "accounts",
    "anthropic",
    "azure",
    "azure_ai",
    "bedrock",
    "converse",
    "fireworks",
    "fireworks_ai",
    "gemini",
    "google",
    "google_genai",
    "groq",
    "models",
    "openai",
    "openrouter",
    "responses",
    "together",
    "together_ai",
    "vertex_ai",
    "x-ai",
    "xai",
]

# Maps agent names as they appear in the traces, including the model, to scaffolds.
AGENT_NAME_MAP = {
    "*colbench_example_agent*": "Col-bench Text",
    "SAB Self-Debug *": "SAB Example Agent",
    "sab_selfdebug_*": "SAB Example Agent",
    "colbench_text_*": "Col-bench Text",
    "colbench_*": "HAL Generalist Agent",
    "halgeneralist_*": "HAL Generalist Agent",
    "hal_generalist_agent_*": "HAL Generalist Agent",
    "taubench_fewshot_*": "TAU-bench FewShot",
    "usaco_episodic__semantic_*": "USACO Episodic + Semantic",
}

# Maps scaffolds (agent names without the model) to the names in tables and figures.
AGENT_NAME_SHORT_MAP = {
    "Browser-Use_test": "Browser-Use",
    "Hal Generalist Agent": "HAL Generalist Agent",
    "coreagent": "CORE-Agent",
}

# Map names in the status sheet to the names in the dataset.
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

# True: a cost of exactly 0 means that HAL had no price for the model, so the cost is not known.
ZERO_COST_IS_UNKNOWN = True

# True: several runs of one benchmark, scaffold and model count with their mean. False: as
# published, the first one counts in win rates by scaffold, and the best one otherwise.
AVERAGE_REPEATS = True

# Runs of HAL's reliability study (injected faults, perturbed structure, reworded prompts):
# "exclude" leaves them out, "keep" treats them as scaffolds of their own.
PERTURBED_RUNS = "exclude"

# Models with fewer benchmarks have no interval and no rank, and pairs with fewer common benchmarks
# are not tested.
MIN_BENCHMARKS = 5

# The value of a tie as a fraction of a win: 0, as published, or 0.5, as in HELM.
TIE_CREDIT = 0

# True: win rates and means over the benchmarks that every model ran on (--common-benchmarks).
COMMON_BENCHMARKS_ONLY = False

# Any of png, pdf and svg (--format).
FIGURE_FORMATS = ["png"]

# Width in inches: 6.9 for a page, 3.3 for the figures with a single panel in one of two columns.
FIGURE_WIDTH = 6.9

# The order of the models: by "win rate" (by best accuracy), "mean cost", or "name".
FIGURE_ORDER = "win rate"

# False: no titles, for figures with a caption (--no-titles).
FIGURE_TITLES = True

# True: write report.html, the interactive report, next to the folder of the figures
# (--no-report).
WRITE_REPORT = True
