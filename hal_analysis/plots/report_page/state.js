/* The state of the page: filters and choices, kept in the fragment of the address. */
const FILTERS = {
  provider: [...new Set(data.models.map((model) => model.provider))].sort(),
  model: data.models.map((model) => model.name),
  scaffold: data.scaffolds,
};
const FILTER_TITLES = { provider: "Provider", model: "Model", scaffold: "Scaffold" };
const benchmarksWithTasks = data.benchmarks.filter((name) => Object.hasOwn(data.tasks, name));
const SECTIONS = ["ranking", "heatmap", "frontiers", "tasks", "check", "definitions"];

/* The values that each choice can have; the first one is the default. */
const CHOICES = {
  heat: ["accuracy", "cost", "latency", "scaffold", "max", "pareto"],
  frontier: ["accuracy", "max", "pareto"],
  axis: ["cost", "latency"],
  benchmark: ["", ...data.benchmarks],
  runs: ["best", "all"],
  task: benchmarksWithTasks.length
    ? [...benchmarksWithTasks, ...data.benchmarks.filter((b) => !benchmarksWithTasks.includes(b))]
    : data.benchmarks,
  pairs: ["max", "scaffold"],
  section: ["", ...SECTIONS],
};
const state = {};

function readFragment() {
  const text = window.location.hash.slice(1);
  const values = SECTIONS.includes(text)
    ? new URLSearchParams({ section: text })
    : new URLSearchParams(text);
  for (const [name, names] of Object.entries(FILTERS)) {
    state[name] = new Set(values.getAll(name).filter((value) => names.includes(value)));
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = values.get(name);
    state[name] = choices.includes(value) ? value : choices[0];
  }
}

function writeFragment() {
  const values = new URLSearchParams();
  for (const name of Object.keys(FILTERS)) {
    for (const value of state[name]) values.append(name, value);
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    if (state[name] !== choices[0]) values.set(name, state[name]);
  }
  window.history.replaceState(null, "", `#${values}`);
}

/* What the filters show. An empty filter shows everything. */
const isChosen = (name, value) => state[name].size === 0 || state[name].has(value);
const showsModel = (name) =>
  isChosen("model", name) && isChosen("provider", models.get(name)?.provider);
const showsScaffold = (name) => isChosen("scaffold", name);
const showsRun = (run) => showsModel(run.model_name_short) && showsScaffold(run.agent_name_short);
const shownRuns = () => tables.runs.filter(showsRun);
const hasFilter = () => Object.keys(FILTERS).some((name) => state[name].size);

/* The message of a view in which the filters leave nothing. */
const noMatch = (where = "") =>
  el("p", { class: "empty" }, `No models${where} match the filters.`);

function setChoice(name, value) {
  state[name] = value;
  writeFragment();
  render();
}

/* A group of radio buttons for a choice. */
function radioGroup(name, title, options) {
  const buttons = options.map(([value, text]) =>
    el("label", {},
      el("input", {
        type: "radio", name, value, checked: state[name] === value,
        onchange: () => setChoice(name, value),
      }),
      el("span", {}, text)));
  return el("fieldset", { class: "segments", "data-choice": name },
    el("legend", {}, title), el("div", {}, buttons));
}

function selectBox(name, title, options) {
  const choices = options.map(([value, text]) =>
    el("option", { value, selected: state[name] === value }, text));
  const select = el("select", {
    "data-choice": name,
    onchange: (event) => setChoice(name, event.target.value),
  }, choices);
  return el("label", { class: "select" }, el("span", {}, title), select);
}

/* Show the state in controls that exist already, after the fragment has changed. */
function updateControls() {
  for (const group of document.querySelectorAll("fieldset[data-choice]")) {
    for (const input of group.querySelectorAll("input")) {
      input.checked = state[group.dataset.choice] === input.value;
    }
  }
  for (const select of document.querySelectorAll("select[data-choice]")) {
    select.value = state[select.dataset.choice];
  }
  for (const input of document.querySelectorAll("input[data-filter]")) {
    input.checked = state[input.dataset.filter].has(input.value);
  }
}

function toggleFilter(name, value, isOn) {
  if (isOn) state[name].add(value);
  else state[name].delete(value);
  writeFragment();
  render();
}

function clearFilters() {
  for (const name of Object.keys(FILTERS)) state[name].clear();
  writeFragment();
  updateControls();
  render();
}

function filterMenu(name) {
  const boxes = FILTERS[name].map((value) =>
    el("label", {},
      el("input", {
        type: "checkbox", value, "data-filter": name, checked: state[name].has(value),
        onchange: (event) => toggleFilter(name, value, event.target.checked),
      }),
      name === "provider" ? providerBadge(value)
        : name === "model" ? modelBadge(value)
          : el("bdi", {}, value)));
  const menu = el("details", { class: "menu", "data-menu": name },
    el("summary", {}, FILTER_TITLES[name], el("span", { class: "count" })),
    el("fieldset", {}, el("legend", {}, `Show only these ${name}s`), boxes));
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  return menu;
}

function buildFilters() {
  byId("filters").append(
    el("span", { class: "bar-title", "aria-hidden": "true" }, "Filter"),
    ...Object.keys(FILTERS).map(filterMenu),
    el("button", { type: "button", id: "clear", onclick: clearFilters }, "Clear filters"),
    el("span", { id: "shown", "aria-live": "polite" }));
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

function renderFilters() {
  const runs = shownRuns();
  const shownModels = new Set(runs.map((run) => run.model_name_short));
  byId("shown").textContent = hasFilter()
    ? `${shownModels.size} of ${plural(models.size, "model")}, `
      + `${runs.length} of ${plural(tables.runs.length, "run")} shown`
    : `all ${plural(models.size, "model")} shown`;
  byId("clear").hidden = !hasFilter();
  for (const menu of document.querySelectorAll("details.menu")) {
    const size = state[menu.dataset.menu].size;
    menu.querySelector(".count").textContent = size ? ` (${size})` : "";
    menu.classList.toggle("active", size > 0);
  }
}
