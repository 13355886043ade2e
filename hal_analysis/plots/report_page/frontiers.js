/* Frontiers of cost or latency: accuracies by benchmark, or win rates over benchmarks. */
const AXES = {
  cost: { title: "Cost", column: "total_cost", label: "Cost of a run (USD)",
    meanLabel: "Cost of a run (USD), mean over benchmarks", unit: "USD" },
  latency: { title: "Latency", column: "mean_latency", label: "Mean latency per task (s)",
    meanLabel: "Latency per task (s), mean over benchmarks", unit: "s" },
};
const FRONTIER_TITLES = {
  accuracy: "Accuracy by benchmark",
  max: "Win rate by best accuracy",
  pareto: "Win rate by distance",
};
const KEY_COLOR = "#868b94"; // of markers in the legend that stand for all providers
const MAX_GRID_POINTS = 6000; // more would be slow; then the first benchmark is shown alone

function buildFrontierControls() {
  byId("frontiers-controls").append(
    radioGroup("frontier", "Vertical axis", Object.entries(FRONTIER_TITLES)),
    radioGroup("axis", "Horizontal axis", Object.entries(AXES).map(([name, { title }]) => [name, title])),
    selectBox("benchmark", "Benchmark", [["", "All benchmarks"], ...data.benchmarks.map((b) => [b, b])]),
    radioGroup("runs", "Runs", [["best", "Best of each model"], ["all", "All"]]));
}

const runsByPair = groupBy(tables.runs, (run) => keyOf(run.benchmark_name, run.model_name_short));

/* The runs of a point: the repeats that it averages, or else the run with its values. */
function runsOfPoint(point, column) {
  const runs = (runsByPair.get(keyOf(point.benchmark_name, point.model_name_short)) ?? [])
    .filter((run) => !point.agent_name_short || run.agent_name_short === point.agent_name_short);
  if (point.runs > 1) return runs;
  const same = runs.filter((run) =>
    isClose(run.accuracy, point.accuracy) && isClose(run[column], point.amount));
  return same.length ? same.slice(0, 1) : runs;
}

/* Whether two numbers are equal but for the last digits, which the tables round. */
const isClose = (a, b) => a != null && Math.abs(a - b) <= 1e-12 * Math.abs(b);

function runLines(run) {
  const interval = format.interval(run.accuracy_ci_low, run.accuracy_ci_high);
  return [
    ["Scaffold", run.agent_name_short],
    ["Run", run.run_id],
    ["Date", run.date || MISSING],
    ["Accuracy", format.fraction(run.accuracy) + (interval ? ` (${interval})` : "")],
    ["Cost", run.total_cost == null ? "not stated" : `${format.amount(run.total_cost)} USD`],
    ["Latency", run.mean_latency == null ? "not stated" : `${format.amount(run.mean_latency)} s`],
  ];
}

const configurationOf = (run) =>
  keyOf(run.benchmark_name, run.agent_name_short, run.model_name_short);
const runsByConfiguration = groupBy(tables.runs, configurationOf);
const repeatsOf = (run) => runsByConfiguration.get(configurationOf(run)).length;

/* A point of the chart for a model. */
function chartPoint(name, values) {
  const { label, provider, index } = models.get(name);
  return { title: name, label, provider, index, ...values };
}

/* The line of a tooltip that names the class of a point. */
const classLine = (row) => ["Frontier", CLASSES[classOf(row)].title.toLowerCase()];

/* The best run of a model on a benchmark. */
function bestPoint(row) {
  const runs = runsOfPoint(row, AXES[state.axis].column);
  const [run] = runs;
  const isMean = runs.length > 1;
  const lines = !run ? [] : isMean
    ? [["Scaffold", run.agent_name_short], ["Mean accuracy", format.fraction(row.accuracy)],
      [`Mean ${state.axis}`, `${format.amount(row.amount)} ${AXES[state.axis].unit}`],
      ...runs.slice(0, 5).map((each) => [each.run_id, `${each.date}, ${describeRun(each)}`])]
    : runLines(run);
  if (run) lines.push(["Repeats", String(repeatsOf(run))]);
  lines.push(classLine(row));
  return chartPoint(row.model_name_short, {
    amount: row.amount, value: row.accuracy, frontierClass: classOf(row), lines,
    low: isMean ? null : run?.accuracy_ci_low, high: isMean ? null : run?.accuracy_ci_high,
    scaffolds: runs.map((each) => each.agent_name_short),
    runIds: runs.map((each) => each.run_id).join(" "),
  });
}

function otherPoint(run) {
  const amount = run[AXES[state.axis].column];
  return chartPoint(run.model_name_short, {
    amount, value: run.accuracy, frontierClass: "other", runIds: run.run_id,
    lines: [...runLines(run), ["Repeats", String(repeatsOf(run))]],
    scaffolds: [run.agent_name_short],
  });
}

function benchmarkPanel(benchmark, rows) {
  const best = rows.map(bestPoint);
  const chosen = best.filter((point) => showsModel(point.title));
  const points = chosen.filter(({ scaffolds }) => !scaffolds.length || scaffolds.some(showsScaffold));
  const unshown = chosen.filter((point) => state.runs === "best" && !points.includes(point)
    && runsByPair.get(keyOf(benchmark, point.title))?.some(showsRun)).map((point) => point.title);
  if (state.runs === "all") {
    const bestRuns = new Set(best.map((point) => point.runIds));
    points.push(...shownRuns().filter((run) => run.benchmark_name === benchmark
      && !bestRuns.has(run.run_id) && run[AXES[state.axis].column] != null).map(otherPoint));
  }
  return { heading: benchmark, points, unshown, frontier: best.filter(isOnFrontier) };
}

function winRatePanel() {
  const rows = frontiers[`${state.axis}_${state.frontier}`];
  const { meanLabel } = AXES[state.axis];
  const points = rows.map((row) => {
    const interval = format.interval(row.win_rate_ci_low, row.win_rate_ci_high);
    const hasFew = row.benchmarks < data.settings.min_benchmarks;
    const point = chartPoint(row.model_name_short, {
      amount: row.amount, value: row.overall_win_rate, frontierClass: classOf(row), hasFew,
      low: row.win_rate_ci_low, high: row.win_rate_ci_high,
      lines: [["Win rate", format.fraction(row.overall_win_rate) + (interval ? ` (${interval})` : "")],
        [meanLabel, format.amount(row.amount)], ["Benchmarks", format.count(row.benchmarks)],
        classLine(row)],
    });
    return hasFew ? { ...point, label: `${point.label} (n = ${row.benchmarks})` } : point;
  });
  const shown = new Set(shownRuns().map((run) => run.model_name_short));
  return { heading: FRONTIER_TITLES[state.frontier], points: points.filter((p) => shown.has(p.title)),
    unshown: [], frontier: points.filter(isOnFrontier) };
}

function frontierPanels() {
  if (state.frontier !== "accuracy") return [winRatePanel()];
  const byBenchmark = groupBy(frontiers[state.axis], (row) => row.benchmark_name);
  let names = state.benchmark ? [state.benchmark] : data.benchmarks;
  if (frontiers[state.axis].length > MAX_GRID_POINTS) names = names.slice(0, 1);
  return names.filter((name) => byBenchmark.has(name))
    .map((name) => benchmarkPanel(name, byBenchmark.get(name)));
}

function renderFrontiers() {
  const isGrid = state.frontier === "accuracy" && !state.benchmark;
  byId("frontiers-controls").classList.toggle("is-win-rate", state.frontier !== "accuracy");
  const axisOfView = AXES[state.axis];
  const panels = frontierPanels();
  const amounts = panels.flatMap(({ points, frontier }) =>
    [...points, ...frontier].map((point) => point.amount));
  const box = byId("frontiers-charts");
  box.classList.toggle("grid", isGrid && panels.length > 1);
  const unshown = new Set(panels.flatMap((panel) => panel.unshown)).size;
  byId("frontiers-unshown").textContent = unshown
    ? `${plural(unshown, "model")} whose best run on a benchmark has another scaffold `
      + `${unshown === 1 ? "is" : "are"} not shown there.` : "";
  const runs = runsOfView();
  if (!panels.some(({ points }) => points.length)) {
    byId("frontiers-note").replaceChildren();
    byId("frontiers-legend").replaceChildren();
    box.replaceChildren(!runs.length ? noMatch(state.benchmark ? " on this benchmark" : "")
      : el("p", { class: "empty" }, unshown ? "No best runs to show."
        : `No runs with a ${state.axis} to show.`));
  } else {
    describeFrontiers(panels);
    const axis = amountAxis(amounts);
    box.replaceChildren(...panels.filter(({ points }) => points.length || !isGrid)
      .map(({ heading }) => el("figure", {}, el("figcaption", {}, wrappedName(heading)))));
    const width = Math.floor(box.querySelector("figure").clientWidth);
    const height = isGrid ? Math.round(width * 0.72) : Math.max(320, Math.min(560, width * 0.6));
    panels.filter(({ points }) => points.length || !isGrid).forEach((panel, i) => {
      box.children[i].append(drawPanel(panel.points, panel.frontier, {
        width, height, axis, heading: panel.heading,
        radius: isGrid ? 4.5 : 6.5, fontSize: isGrid ? 11 : 13,
        xLabel: state.frontier === "accuracy" ? axisOfView.label : axisOfView.meanLabel,
        yLabel: state.frontier === "accuracy" ? "Accuracy" : "Win rate",
      }));
    });
  }
  renderFrontierTables(runs);
}

function describeFrontiers(panels) {
  const notes = ["Point at a model to see its numbers."];
  if (state.frontier === "accuracy") {
    notes[0] = "Point at a model to see its run; the same model is marked in every panel.";
    const missing = data.benchmarks.length - panels.length;
    if (!state.benchmark && missing) {
      notes.push(`${plural(missing, "benchmark")} not shown: `
        + "choose one above, or it has no runs with this amount.");
    }
  } else if (state.frontier === "pareto") {
    notes.push("A win rate by distance already takes cost into account.");
  }
  if (state.axis === "cost" && data.settings.zero_cost_is_unknown) {
    notes.push("Runs without a price are not shown.");
  }
  if (hasFilter()) notes.push("The frontier covers all models, including those hidden by a filter.");
  byId("frontiers-note").textContent = notes.join(" ");
  byId("frontiers-legend").replaceChildren(...legendRows(panels.flatMap(({ points }) => points)));
}

/* The legend: classes and lines, then providers, of those that are shown. */
function legendRows(points) {
  const key = (text, ...content) => el("span", { class: "badge" },
    svg("svg", { viewBox: "-12 -8 24 16", class: "key-icon", "aria-hidden": "true" }, content), text);
  const circle = (radius, point) => svg("circle", { r: radius, ...markStyle(point, KEY_COLOR) });
  const classes = CLASS_NAMES.filter((name) => points.some((point) => point.frontierClass === name));
  const keys = [
    ...classes.map((frontierClass) => key(CLASSES[frontierClass].title,
      circle(6.5 * CLASSES[frontierClass].size, { frontierClass }))),
    points.some((point) => point.hasFew)
      ? key(`Fewer than ${plural(data.settings.min_benchmarks, "benchmark")} (n)`,
        circle(4.7, { frontierClass: "dominated", hasFew: true })) : null,
    key("Frontier", svg("path", { d: "M-12,0H12", class: "frontier-line" })),
    points.some((point) => point.low != null)
      ? key("95% interval", svg("path", { d: "M0,-8V8", class: "interval" })) : null,
  ].filter(isPresent);
  const providers = new Set(points.map((point) => point.provider));
  const badges = FILTERS.provider.filter((name) => providers.has(name)).map(providerBadge);
  return [keys, badges].map((row) => el("div", { class: "legend-row" }, row));
}

const runsOfView = () => shownRuns().filter((run) =>
  state.frontier !== "accuracy" || !state.benchmark || run.benchmark_name === state.benchmark);

function renderFrontierTables(runs) {
  const box = byId("frontiers-tables");
  const openTitles = [...box.querySelectorAll("details[open]")].map((each) => each.dataset.key);
  if (!runs.length) {
    box.replaceChildren();
    return;
  }
  const details = disclosure(`Runs (${runs.length})`, runsTable(runs));
  details.dataset.key = "runs";
  details.open = openTitles.includes("runs");
  box.replaceChildren(details);
}

/* The class of each run on the frontiers of this view; of repeats, that of their mean. */
function frontierColumn() {
  const { column, title } = AXES[state.axis];
  const classes = new Map(frontiers[state.axis].flatMap((row) =>
    runsOfPoint(row, column).map((run) => [run, classOf(row)])));
  const nameOf = (run) => classes.get(run) ?? (run[column] == null ? null : "other");
  const titleOf = (run) => CLASSES[nameOf(run)]?.title;
  return textColumn("frontier", `${title} frontier`, {
    cell: (run) => titleOf(run) ?? MISSING,
    sort: (run) => (nameOf(run) ? CLASS_NAMES.indexOf(nameOf(run)) : null),
    csv: [[`${state.axis}_frontier`, titleOf]],
  });
}

function runsTable(rows) {
  const has = (name) => tables.runs.some((row) => row[name] != null);
  return dataTable("runs-data", {
    caption: "Runs",
    fileName: "runs.csv",
    rows,
    columns: [
      textColumn("run_id", "Run", { isHeader: true }),
      textColumn("date", "Date", { kind: "text short" }),
      textColumn("benchmark_name", "Benchmark"),
      textColumn("agent_name_short", "Scaffold"),
      modelColumn("model_name_short", "Model"),
      has("accuracy_ci_low")
        ? intervalColumn("accuracy", "Accuracy", "accuracy_ci_low", "accuracy_ci_high")
        : numberColumn("accuracy", "Accuracy", format.fraction),
      numberColumn("total_cost", "Cost (USD)", format.amount),
      numberColumn("mean_latency", "Latency (s)", format.amount),
      has("tasks") ? numberColumn("tasks", "Tasks", format.count) : null,
      has("prompt_tokens") ? numberColumn("prompt_tokens", "Prompt tokens", format.compact) : null,
      has("completion_tokens")
        ? numberColumn("completion_tokens", "Completion tokens", format.compact) : null,
      state.frontier === "accuracy" ? frontierColumn() : null,
    ].filter(isPresent),
  });
}
