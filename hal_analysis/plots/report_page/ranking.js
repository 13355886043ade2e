/* The ranking of the models, and the pairs of models. */
const COMPARED_BY = {
  scaffold: "accuracy within scaffolds",
  max: "best accuracy",
  pareto: "distance from the frontier",
};

/* A dot with its interval on a scale from 0 to 1. */
function intervalPicture(row, rate, low, high) {
  if (row[rate] == null) return null;
  const x = (value) => 5 + 90 * value; // room for half a dot at 0 and 1
  const [color] = data.providers[models.get(row.model_name_short).provider];
  const interval = row[low] == null ? null
    : svg("line", { x1: x(row[low]), x2: x(row[high]), y1: 8, y2: 8, class: "interval" });
  return svg("svg", { viewBox: "0 0 100 16", class: "dot-interval", "aria-hidden": "true" },
    svg("line", { x1: x(0), x2: x(1), y1: 8, y2: 8, class: "base" }),
    svg("line", { x1: x(0.5), x2: x(0.5), y1: 3, y2: 13, class: "base" }),
    interval,
    svg("circle", { cx: x(row[rate]), cy: 8, r: 4, fill: color, class: "outlined" }));
}

function rateColumn(title, suffix) {
  const [rate, low, high] = ["overall_win_rate", "win_rate_ci_low", "win_rate_ci_high"]
    .map((name) => name + suffix);
  return intervalColumn(rate, title, low, high, {
    cell: (row) => el("span", { class: "rate" },
      intervalPicture(row, rate, low, high),
      el("span", { class: "stack" }, format.fraction(row[rate]),
        el("small", {}, format.interval(row[low], row[high])))),
  });
}

function rankCell(row) {
  const range = row.rank_low == null ? "" : `${row.rank_low} to ${row.rank_high}`;
  return el("span", { class: "stack" }, row.is_ranked ? String(row.rank) : "–",
    el("small", {}, range));
}

function decidedCell(row) {
  if (row.wins_decided == null) return MISSING;
  const tested = row.wins_decided + row.losses_decided + row.undecided;
  return el("span", { class: "stack" }, format.count(row.wins_decided),
    el("small", {}, `of ${format.count(tested)} tested`));
}

function tokensOf(row) {
  if (row.prompt_tokens == null && row.completion_tokens == null) return null;
  return (row.prompt_tokens ?? 0) + (row.completion_tokens ?? 0);
}

/* The columns of the ranking; optional ones only if a model has a value. */
function rankingColumns() {
  const has = (name) => tables.ranking.some((row) => row[name] != null);
  const csv = (...names) => names.map((name) => [name, (row) => row[name]]);
  return [
    numberColumn("rank", "Rank", format.count, {
      sort: (row) => (row.is_ranked ? row.rank : null),
      cell: rankCell,
      startsDescending: false,
      csv: csv("rank", "rank_low", "rank_high"),
    }),
    modelColumn("model_name_short", "Model", {
      isHeader: true, cell: (row) => modelCell(row.model_name_short, row.model_name_short),
    }),
    rateColumn("Win rate by best accuracy", ""),
    rateColumn("Win rate by distance", "_distance"),
    has("wins_decided") ? numberColumn("wins_decided", "Decided wins", format.count, {
      cell: decidedCell,
      csv: csv("wins_decided", "losses_decided", "undecided", "untested"),
    }) : null,
    numberColumn("mean_cost", "Mean cost (USD)", format.amount, { startsDescending: false }),
    numberColumn("mean_of_mean_latency", "Mean latency (s)", format.amount, {
      startsDescending: false,
    }),
    has("prompt_tokens") || has("completion_tokens")
      ? numberColumn("tokens", "Tokens of a run", format.compact, {
        sort: tokensOf,
        cell: (row) => format.compact(tokensOf(row)),
        csv: csv("prompt_tokens", "completion_tokens"),
      }) : null,
    numberColumn("benchmarks", "Bench\u00ADmarks", format.count),
    textColumn("provider", "Provider", { kind: "text short" }),
  ].filter(isPresent);
}

function renderRanking() {
  const shown = new Set(shownRuns().map((run) => run.model_name_short));
  const rows = tables.ranking.filter((row) => shown.has(row.model_name_short));
  if (!rows.length) {
    byId("ranking-table").replaceChildren(noMatch());
    byId("model-pairs").replaceChildren();
    return;
  }
  const absent = [];
  if (!Object.keys(data.tasks).length) absent.push("no task results");
  const hasTokens = tables.ranking.some((row) => tokensOf(row) != null);
  if (!hasTokens) absent.push("no token counts");
  const unranked = tables.ranking.filter((row) => !row.is_ranked).length;
  byId("ranking-table").replaceChildren(
    dataTable("ranking-data", {
      caption: `Ranks are by best accuracy; ${hasTokens ? "costs, latencies and tokens"
        : "costs and latencies"} are means over benchmarks.`,
      fileName: "ranking.csv",
      columns: rankingColumns(),
      rows,
      startOrder: { key: "rank" },
    }),
    el("p", { class: "note" }, [
      unranked ? `Listed last, without a rank: ${plural(unranked, "model")} with fewer than `
        + `${plural(data.settings.min_benchmarks, "benchmark")}.` : "",
      absent.length ? `The data have ${absent.join(" and ")}.` : "",
    ].filter(Boolean).join(" ")));
  renderModelPairs();
}

function renderModelPairs() {
  const rows = tables.model_pairs.filter((row) =>
    showsModel(row.model_name_short) && showsModel(row.other_model_name_short));
  if (!rows.length) {
    byId("model-pairs").replaceChildren();
    return;
  }
  const table = dataTable("model-pairs-data", {
    caption: "Difference of the win rates of two models on their common benchmarks.",
    fileName: "model_pairs.csv",
    rows,
    columns: [
      textColumn("compared_by", "Compared by", {
        cell: (row) => COMPARED_BY[row.compared_by] ?? row.compared_by,
      }),
      modelColumn("model_name_short", "Model", { isHeader: true }),
      modelColumn("other_model_name_short", "Other model"),
      numberColumn("common_benchmarks", "Common benchmarks", format.count),
      intervalColumn("difference", "Difference", "difference_ci_low", "difference_ci_high"),
      numberColumn("p", "p", format.p, { startsDescending: false }),
      numberColumn("p_holm", "p (Holm)", format.p, { startsDescending: false }),
      numberColumn("separated", "Separated", format.flag),
    ],
    startOrder: { key: "p_holm" },
    isHighlighted: (row) => row.separated === true,
  });
  const wasOpen = byId("model-pairs").querySelector("details")?.open;
  const details = disclosure(`Pairs of models (${rows.length})`, table);
  details.open = Boolean(wasOpen);
  byId("model-pairs").replaceChildren(details);
}

/* The sentences below the title. */
function renderLead() {
  byId("summary").textContent = [
    `${plural(tables.runs.length, "run")} of ${plural(models.size, "model")}`,
    ` with ${plural(data.scaffolds.length, "scaffold")}`,
    ` on ${plural(data.benchmarks.length, "benchmark")}`,
    data.newest_run ? `; the newest run is from ${data.newest_run}.` : ".",
  ].join("");
  const lead = [];
  const [first] = tables.ranking;
  const { min_benchmarks: minimum } = data.settings;
  if (first?.is_ranked) {
    const interval = format.interval(first.win_rate_ci_low, first.win_rate_ci_high);
    lead.push(`Of the models with at least ${plural(minimum, "benchmark")}, `,
      el("strong", {}, el("bdi", {}, first.model_name_short)),
      ` has the highest win rate by best accuracy, ${format.fraction(first.overall_win_rate)}`,
      interval ? ` (95% interval ${interval}). ` : ". ");
  } else lead.push(`No model has enough benchmarks to be ranked (MIN_BENCHMARKS = ${minimum}). `);
  const tested = tables.model_pairs.filter((row) =>
    row.compared_by === "max" && row.separated != null);
  if (tested.length) {
    const separated = tested.filter((row) => row.separated).length;
    lead.push(`${separated} of ${plural(tested.length, "tested pair")} of models `,
      `${separated === 1 ? "is" : "are"} separated. `);
  }
  const total = (name) => tables.ranking.reduce((sum, row) => sum + (row[name] ?? 0), 0);
  if (tables.ranking.some((row) => row.wins_decided != null)) {
    const [decided, undecided] = [total("wins_decided"), total("undecided") / 2];
    const untested = total("untested") / 2;
    lead.push(`Of ${plural(decided + undecided + untested, "comparison")} by best accuracy, `,
      `${format.count(decided)} are decided at the 5% level, ${format.count(undecided)} are `,
      `undecided, and ${format.count(untested)} were not tested (fewer than ten common tasks). `);
  }
  const { tie_credit: tieCredit, compared_benchmarks: compared } = data.settings;
  if (tieCredit) lead.push(`A tie counts as ${tieCredit} of a win. `);
  if (compared < data.benchmarks.length) {
    lead.push(`Win rates are of the ${compared} of ${data.benchmarks.length} benchmarks `,
      "that all models share. ");
  }
  byId("lead").replaceChildren(...lead);
}
