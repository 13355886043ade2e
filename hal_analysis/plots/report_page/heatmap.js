/* One heatmap of models and benchmarks, with a switch between metrics. */
const LOG_RATIO = 10; // ratio of the largest to the smallest value above which colours are logarithmic
const SEQUENTIAL = ["#f2f6fa", "#c6dcec", "#7fb2d6", "#3a7fb5", "#10447e"];
const DIVERGING = ["#8a4500", "#d9913c", "#f7f3ee", "#6aa5b8", "#10506b"];
const AMOUNTS = ["#fbf4ee", "#f3d2b8", "#dd9a72", "#b05c40", "#742a1c"];

const METRICS = {
  accuracy: { title: "Accuracy", column: "accuracy", colors: SEQUENTIAL },
  cost: { title: "Cost (USD)", column: "total_cost", colors: AMOUNTS, isAmount: true },
  latency: { title: "Latency (s)", column: "mean_latency", colors: AMOUNTS, isAmount: true },
  scaffold: { title: "Win rate within scaffolds", colors: DIVERGING },
  max: { title: "Win rate by best accuracy", colors: DIVERGING },
  pareto: { title: "Win rate by distance", colors: DIVERGING },
};

function buildHeatmapControls() {
  const options = CHOICES.heat.map((name) => [name, METRICS[name].title]);
  byId("heatmap-controls").append(radioGroup("heat", "Show", options));
}

/* The runs and the value of each cell, averaged over configurations. */
function heatmapCells() {
  const { column } = METRICS[state.heat];
  const cells = new Map();
  for (const [key, runs] of groupBy(shownRuns(), (run) =>
    keyOf(run.model_name_short, run.benchmark_name))) {
    cells.set(key, { runs, value: column ? averageOver(runs, column) : null });
  }
  if (!column) {
    const rows = rates[state.heat].filter((row) => showsModel(row.model_name_short)
      && (!("agent_name_short" in row) || showsScaffold(row.agent_name_short)));
    for (const [key, group] of groupBy(rows, (row) =>
      keyOf(row.model_name_short, row.benchmark_name))) {
      if (!cells.has(key)) continue;
      cells.get(key).value = mean(group.map((row) => row.overall_win_rate).filter(isPresent));
    }
  }
  return cells;
}

function averageOver(runs, column) {
  const values = (rows) => rows.map((run) => run[column]).filter(isPresent);
  if (!data.settings.average_repeats) return mean(values(runs));
  const configurations = groupBy(runs, (run) => run.agent_name_short);
  return mean([...configurations.values()].map((rows) => mean(values(rows))).filter(isPresent));
}

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

function interpolate(colors, position) {
  const place = Math.max(0, Math.min(1, position)) * (colors.length - 1);
  const i = Math.min(Math.floor(place), colors.length - 2);
  const [from, to] = [channels(colors[i]), channels(colors[i + 1])];
  return from.map((value, j) => Math.round(value + (to[j] - value) * (place - i)));
}

/* The relative luminance of a colour (WCAG 2). */
function luminance(color) {
  const [red, green, blue] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/* Black or white, whichever has the higher contrast. */
const inkOn = (color) => (luminance(color) < 0.179 ? "#ffffff" : "#000000");

/* The position of a value on the colour scale, from 0 to 1. */
function colorScale(values, isAmount) {
  if (!isAmount) return { place: (value) => value, low: 0, high: 1 };
  const high = Math.max(...values);
  const positive = values.filter((value) => value > 0);
  const low = Math.min(...positive);
  if (positive.length && high > LOG_RATIO * low) {
    const span = Math.log(high / low);
    return { place: (value) => (value > 0 ? Math.log(value / low) / span : 0), low, high, isLog: true };
  }
  return { place: (value) => (high ? value / high : 0), low: 0, high };
}

function describeHeatmap(metric, scale) {
  const text = metric.isAmount ? format.amount : format.fraction;
  const bar = el("span", { class: "color-bar", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(to right, ${metric.colors.join(",")})`;
  const parts = [
    el("span", { class: "scale" }, text(scale.low), bar, text(scale.high)),
    metric.isAmount ? ` Lower is better.${scale.isLog ? " Colours are logarithmic." : ""}` : "",
    metric.column ? " A cell with several configurations shows their mean and is marked ×n." : "",
    state.heat === "scaffold" ? " A cell with several scaffolds shows their mean." : "",
    ["max", "pareto"].includes(state.heat) ? " Over all scaffolds, also if a filter hides some." : "",
    metric.isAmount ? "" : " The best value of each benchmark is bold.",
    " “·” means no runs, “n/a” runs without a value.",
  ];
  byId("heatmap-note").replaceChildren(...parts);
}

function renderHeatmap() {
  const metric = METRICS[state.heat];
  const cells = heatmapCells();
  const values = [...cells.values()].map((cell) => cell.value).filter(isPresent);
  const keys = [...cells.keys()].map((key) => JSON.parse(key));
  const rows = data.models.filter(({ name }) => keys.some(([model]) => model === name));
  const columns = data.benchmarks.filter((name) => keys.some(([, benchmark]) => benchmark === name));
  const box = byId("heatmap-table");
  if (!values.length) {
    byId("heatmap-note").replaceChildren();
    box.replaceChildren(cells.size
      ? el("p", { class: "empty" }, `No ${metric.title.toLowerCase()} to show.`) : noMatch());
    return;
  }
  const scale = colorScale(values, metric.isAmount);
  describeHeatmap(metric, scale);
  const best = new Map(columns.map((benchmark) => [benchmark, Math.max(...rows.map(({ name }) =>
    cells.get(keyOf(name, benchmark))?.value ?? -1))]));
  const table = el("table", { class: "heatmap", id: "heatmap-data" },
    el("caption", { class: "hidden" }, `${metric.title} of models on benchmarks`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Model"),
      columns.map((name) => el("th", { scope: "col" }, wrappedName(name))))),
    el("tbody", {}, rows.map(({ name }) => el("tr", {},
      el("th", { scope: "row", title: name }, modelBadge(name, labelOf(name))),
      columns.map((benchmark) => heatmapCell(
        { name, benchmark, metric, scale, cell: cells.get(keyOf(name, benchmark)) },
        best.get(benchmark)))))));
  const fileName = `heatmap_${state.heat}.csv`;
  const save = () => saveCsv(fileName,
    ["model_name_short", "benchmark_name", metric.column ?? "overall_win_rate", "runs"],
    rows.flatMap(({ name }) => columns.map((benchmark) => {
      const cell = cells.get(keyOf(name, benchmark));
      return [name, benchmark, cell?.value, cell?.runs.length ?? 0];
    })));
  box.replaceChildren(scrollBox(`${metric.title} of models on benchmarks`, table),
    el("div", { class: "actions" }, csvButton(fileName, save)));
}

/* A name that may break after underscores and hyphens. */
function wrappedName(name) {
  return el("bdi", {}, name.split(/(?<=[_-])/).flatMap((part) => [part, el("wbr")]));
}

function heatmapCell({ name, benchmark, metric, scale, cell }, best) {
  if (!cell) return el("td", { class: "no-runs" }, "·");
  const { runs, value } = cell;
  const text = metric.isAmount ? format.amount : format.fraction;
  const count = metric.column ? new Set(runs.map((run) => run.agent_name_short)).size : 1;
  const lines = [[metric.title, text(value)], ...runs.slice(0, 8).map((run) =>
    [`${run.agent_name_short}:`, describeRun(run)])];
  const show = (event) => showTooltip(`${name}, ${benchmark}`, lines, event.clientX, event.clientY);
  const td = el("td", { onpointermove: show, onpointerleave: hideTooltip, onclick: show },
    text(value), count > 1 ? el("sup", {}, `×${count}`) : null);
  if (value == null) td.className = "no-value";
  else {
    const color = interpolate(metric.colors, scale.place(value));
    td.style.backgroundColor = `rgb(${color.join(",")})`;
    td.style.color = inkOn(color);
    if (!metric.isAmount && value === best) td.classList.add("best");
  }
  return td;
}

/* Accuracy, cost and latency of a run in one line. */
function describeRun(run) {
  const parts = [`accuracy ${format.fraction(run.accuracy)}`];
  parts.push(run.total_cost == null ? "cost not stated" : `${format.amount(run.total_cost)} USD`);
  if (run.mean_latency != null) parts.push(`${format.amount(run.mean_latency)} s`);
  return parts.join(", ");
}
