/* Tasks by difficulty: who solved what, and the paired comparisons of a benchmark. */
const NAME_WIDTH = 320;
const ROW_HEIGHT = 18;

function buildTaskControls() {
  const options = CHOICES.task.map((name) =>
    [name, benchmarksWithTasks.includes(name) ? name : `${name} (no task results)`]);
  byId("tasks-controls").append(
    selectBox("task", "Benchmark", options),
    radioGroup("pairs", "Pairs compared by",
      CHOICES.pairs.map((name) => [name, name === "max" ? "Best configurations" : "Within scaffolds"])));
}

/* Tasks with the share of all configurations that solved them, easiest first. */
function describeTasks({ tasks, solved_share: shares, configurations }) {
  return tasks.map((id, i) => ({ id, i, share: shares[i], tried: configurations[i] }));
}

function shownConfigurations({ rows }) {
  const shown = rows.filter((row) => showsModel(row.model) && showsScaffold(row.scaffold));
  return shown.map((row) => ({ ...row, mean: mean(row.scores.filter(isPresent)) }))
    .sort((a, b) => b.mean - a.mean || compareValues(a.model, b.model));
}

const configurationName = (row) => `${labelOf(row.model)}, ${row.scaffold}`;

/* The names of rows; the scaffold is left out if it is the same for all. */
function rowNames(rows) {
  const isSame = rows.every((row) => row.scaffold === rows[0].scaffold);
  return rows.map((row) => (isSame ? labelOf(row.model) : configurationName(row)));
}

/* What the tooltip says of a task, and of a configuration on it. */
function taskLines(task, row) {
  const solvedBy = `${format.fraction(task.share)} of ${plural(task.tried ?? 0, "configuration")}`;
  const lines = [["Solved by", solvedBy]];
  if (row) lines.push([configurationName(row), describeScore(row.scores[task.i])]);
  return lines;
}

/* One row for each configuration, one column for each task. */
function taskPicture(tasks, rows, width) {
  const names = rowNames(rows);
  const longest = Math.max(120, ...names.map((name) => textWidth(name, 12))) + 10;
  const nameWidth = Math.min(longest, NAME_WIDTH, width * 0.42);
  const top = 54;
  const cell = (width - nameWidth - 44) / tasks.length;
  const height = top + rows.length * ROW_HEIGHT + 6;
  const x = (k) => nameWidth + cell * k;
  const gap = cell > 4 ? 1 : 0;
  const box = (k, y, h) => `M${x(k).toFixed(2)},${y}h${(cell - gap).toFixed(2)}v${h}h${(-cell + gap).toFixed(2)}z`;
  const bars = tasks.map((task, k) => {
    const h = Math.max(0.5, 40 * (task.share ?? 0));
    return box(k, 46 - h, h);
  });
  const strips = rows.flatMap((row, j) => {
    const y = top + j * ROW_HEIGHT;
    const levels = groupBy([...tasks.keys()].filter((k) => isPresent(row.scores[tasks[k].i])),
      (k) => Math.round(row.scores[tasks[k].i] * 10));
    const paths = [...levels].map(([level, places]) => svg("path", {
      d: places.map((k) => box(k, y + 1, ROW_HEIGHT - 2)).join(""),
      fill: level === 0 ? "#e3e6ea" : `rgb(${interpolate(SEQUENTIAL.slice(1), level / 10).join(",")})`,
    }));
    return [...paths, shortText(names[j], nameWidth - 8, {
      x: nameWidth - 8, y: y + 13, class: "tick end",
    }), svg("text", { x: width - 38, y: y + 13, class: "tick" }, format.fraction(row.mean))];
  });
  const cursor = svg("rect", { class: "cursor", width: Math.max(cell, 1.5), y: 2, height: height - 4 });
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
    class: "task-picture",
    "aria-label": `${plural(rows.length, "configuration")} on ${plural(tasks.length, "task")}; the table below has the same data` },
  svg("text", { x: nameWidth - 8, y: 26, class: "tick end" }, "Solved by (share)"),
  svg("path", { d: bars.join(""), fill: "#8a94a3" }), strips, cursor);
  const show = (event) => {
    const area = picture.getBoundingClientRect();
    const factor = width / area.width;
    const k = Math.floor(((event.clientX - area.left) * factor - nameWidth) / cell);
    const j = Math.floor(((event.clientY - area.top) * factor - top) / ROW_HEIGHT);
    if (k < 0 || k >= tasks.length) {
      hideTooltip();
      return;
    }
    cursor.setAttribute("x", x(k));
    showTooltip(tasks[k].id, taskLines(tasks[k], rows[j]), event.clientX, event.clientY);
  };
  picture.addEventListener("pointermove", show);
  picture.addEventListener("click", show);
  picture.addEventListener("pointerleave", hideTooltip);
  return picture;
}

/* A text that ends with an ellipsis where it is too long. */
function shortText(text, width, attributes) {
  let shown = text;
  const isShort = textWidth(text, 12) <= width;
  while (!isShort && shown.length > 1 && textWidth(`${shown}…`, 12) > width) shown = shown.slice(0, -1);
  return svg("text", attributes, svg("title", {}, text), shown === text ? text : `${shown}…`);
}

function describeScore(score) {
  if (score == null) return "no result";
  return score === 1 ? "solved" : score === 0 ? "failed" : `score ${format.fraction(score)}`;
}

function taskTable(tasks, rows) {
  const solvers = (task) => rows.filter((row) => row.scores[task.i] === 1);
  const names = (task) => solvers(task).map(configurationName).join("; ");
  return dataTable("tasks-data", {
    caption: `Tasks, easiest first; “solved by” counts the ${plural(rows.length, "configuration")} shown.`,
    fileName: "tasks.csv",
    rows: tasks,
    columns: [
      textColumn("id", "Task", { isHeader: true, csv: [["task_id", (task) => task.id]] }),
      numberColumn("solved_share", "Solved by (share)", format.fraction, {
        sort: (task) => task.share,
        cell: (task) => format.fraction(task.share),
        csv: [["solved_share", (task) => task.share]],
      }),
      numberColumn("tried", "Tried by", format.count, {
        csv: [["configurations", (task) => task.tried]],
      }),
      numberColumn("solved", "Solved by", format.count, {
        sort: (task) => solvers(task).length,
        cell: (task) => String(solvers(task).length),
        csv: [["shown_solvers", (task) => solvers(task).length]],
      }),
      textColumn("names", "Configurations", {
        cell: (task) => el("bdi", { class: "wide" }, names(task) || "none"), sort: names,
        csv: [["solved_by", names]],
      }),
    ],
  });
}

/* A model with its scaffold below it, and both in the CSV file. */
function pairColumn(title, model, scaffold, options = {}) {
  return modelColumn(model, title, {
    cell: (row) => modelCell(row[model], row[scaffold]),
    csv: [model, scaffold].map((name) => [name, (row) => row[name]]),
    ...options,
  });
}

function pairsTable(rows) {
  const isWithin = state.pairs === "scaffold";
  return dataTable("task-pairs-data", {
    caption: "Differences of accuracy on the tasks that both ran; p is two-sided, and adjusted by "
      + "Holm’s method for the pairs of the benchmark."
      + (isWithin ? "" : " Best configurations were chosen on the same tasks, which flatters both."),
    fileName: "task_pairs.csv",
    rows,
    columns: [
      pairColumn("First model", "model_name_short", "agent_name_short", { isHeader: true }),
      pairColumn("Second model", "other_model_name_short", "other_agent_name_short"),
      numberColumn("common_tasks", "Common tasks", format.count),
      numberColumn("only_first", "Only first", format.count),
      numberColumn("only_second", "Only second", format.count),
      intervalColumn("difference", "Difference", "difference_ci_low", "difference_ci_high"),
      numberColumn("p", "p", format.p, { startsDescending: false }),
      numberColumn("p_holm", "p (Holm)", format.p, { startsDescending: false }),
      numberColumn("decided", "Decided", format.flag),
      rows.some((row) => row.more_tasks != null)
        ? numberColumn("more_tasks", "Further tasks needed", format.count) : null,
    ].filter(isPresent),
    startOrder: { key: "p_holm" },
    isHighlighted: (row) => row.decided === true,
  });
}

function renderPairs() {
  const all = tables.task_pairs.filter((row) =>
    row.benchmark_name === state.task && row.compared_by === state.pairs);
  if (!all.length) {
    const message = data.messages["task_pairs.csv"];
    return el("p", { class: "empty" }, "No pairs with common tasks", message ? `: ${message}` : ".");
  }
  const rows = all.filter((row) => showsModel(row.model_name_short)
    && showsModel(row.other_model_name_short) && showsScaffold(row.agent_name_short)
    && showsScaffold(row.other_agent_name_short));
  if (!rows.length) return el("p", { class: "empty" }, "No pairs match the filters.");
  const decided = rows.filter((row) => row.decided === true).length;
  return el("div", {},
    el("p", { class: "note" }, `${decided} of ${plural(rows.length, "pair")} are decided at the 5% level.`),
    pairsTable(rows));
}

function renderTasks() {
  const view = byId("tasks-view");
  const isAbsent = !benchmarksWithTasks.length;
  byId("tasks-controls").hidden = isAbsent;
  if (isAbsent) {
    const message = data.messages["task_results.csv"] ?? "the traces do not say which tasks were solved.";
    view.replaceChildren(el("p", { class: "empty" }, `No task results: ${message}`));
    return;
  }
  if (!benchmarksWithTasks.includes(state.task)) {
    view.replaceChildren(el("p", { class: "empty" }, "No task results for this benchmark."));
    return;
  }
  const tasks = describeTasks(data.tasks[state.task]);
  const rows = shownConfigurations(data.tasks[state.task]);
  if (!rows.length) {
    view.replaceChildren(noMatch(" on this benchmark"));
    return;
  }
  const picture = el("div", { class: "scroll" });
  const opened = [...view.querySelectorAll("details[open]")].length > 0;
  const list = disclosure(`Tasks as a table (${tasks.length})`, taskTable(tasks, rows));
  list.open = opened;
  view.replaceChildren(
    el("p", { class: "note" }, `${plural(tasks.length, "task")}, the easiest on the left. `
      + "Blue is solved, darker for a higher score; grey is failed; white has no result."),
    picture, list,
    el("h3", {}, "Pairs on the same tasks"), renderPairs());
  picture.append(taskPicture(tasks, rows, Math.max(320, picture.clientWidth)));
}
