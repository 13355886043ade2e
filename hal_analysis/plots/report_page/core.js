"use strict";

const data = JSON.parse(document.getElementById("data").textContent);

/* The table as a list of rows. Texts are stored once, with a code for each row. */
function decodeTable(columns) {
  const names = Object.keys(columns);
  const lists = names.map((name) => {
    const column = columns[name];
    return Array.isArray(column) ? column : column.codes.map((code) => column.values[code] ?? null);
  });
  const count = lists.length ? lists[0].length : 0;
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(names.map((name, j) => [name, lists[j][i]])),
  );
}

const decodeTables = (tables) =>
  Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, decodeTable(table)]));
const tables = decodeTables(data.tables);
const rates = decodeTables(data.rates);
const frontiers = decodeTables(data.frontiers);
const models = new Map(data.models.map((model, index) => [model.name, { ...model, index }]));

const byId = (id) => document.getElementById(id);

/* Elements are built from text nodes and attributes alone, so a name cannot become markup. */
function addParts(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null));
  return node;
}

function el(tag, attributes = {}, ...children) {
  return addParts(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return addParts(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/* Numbers are rounded as in the figures and on the screen: 0.125 to 0.12, but 0.175, which is stored
   as 0.17499…, to 0.17. `toFixed` rounds the stored number, but halves away from zero; `Intl` rounds
   halves to even, but takes 0.175 for a half. */
function fixed(digits) {
  const decimal = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    roundingMode: "halfEven",
  });
  const isHalf = (value) => Number.isInteger(value * 2 ** (digits + 1));
  const rounded = (value) => decimal.format(isHalf(value) ? value : Number(value.toFixed(digits)));
  return { format: (value) => rounded(value).replace(/^-(?=[0.]*$)/, "") }; // no minus before a zero
}
const FIXED = [0, 1, 2, 3].map(fixed);
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const MISSING = "n/a";

const format = {
  fraction: (value) => (value == null ? MISSING : FIXED[2].format(value).replace("-", "−")),
  count: (value) => (value == null ? MISSING : FIXED[0].format(value)),
  amount(value) {
    if (value == null) return MISSING;
    if (value !== 0 && value < 0.1) return String(Number(value.toPrecision(2)));
    return FIXED[value < 100 ? 2 : value < 1000 ? 1 : 0].format(value);
  },
  compact: (value) => (value == null ? MISSING : COMPACT.format(value)),
  p(value) {
    if (value == null) return MISSING;
    return value < 0.001 ? "<\u00A00.001" : FIXED[3].format(value);
  },
  interval: (low, high, text = format.fraction) =>
    low == null || high == null ? "" : `${text(low)} to ${text(high)}`,
  flag: (value) => (value == null ? MISSING : value ? "yes" : "no"),
};

const plural = (count, noun) => `${format.count(count)} ${noun}${count === 1 ? "" : "s"}`;
const mean = (values) =>
  values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
const isPresent = (value) => value != null;

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const name = key(row);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(row);
  }
  return groups;
}

/* Several names as one key of a map. */
const keyOf = (...names) => JSON.stringify(names);

/* Markers, in matplotlib's letters, around (0, 0). */
function polygon(corners, turn, radius) {
  const points = Array.from({ length: corners }, (_, i) => {
    const angle = ((turn + (360 * i) / corners - 90) * Math.PI) / 180;
    return `${(radius * Math.cos(angle)).toFixed(2)},${(radius * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${points.join("L")}Z`;
}

function cross(turn, radius) {
  const [outer, inner] = [radius, radius * 0.38];
  const corners = [[-inner, -outer], [inner, -outer], [inner, -inner], [outer, -inner],
    [outer, inner], [inner, inner], [inner, outer], [-inner, outer], [-inner, inner],
    [-outer, inner], [-outer, -inner], [-inner, -inner]];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const points = corners.map(([x, y]) =>
    `${(x * cos - y * sin).toFixed(2)},${(x * sin + y * cos).toFixed(2)}`);
  return `M${points.join("L")}Z`;
}

const MARKERS = {
  o: (r) => `M${-r},0A${r},${r} 0 1 1 ${r},0A${r},${r} 0 1 1 ${-r},0Z`,
  s: (r) => polygon(4, 45, r * 1.2),
  D: (r) => polygon(4, 0, r * 1.2),
  "^": (r) => polygon(3, 0, r * 1.25),
  v: (r) => polygon(3, 180, r * 1.25),
  ">": (r) => polygon(3, 90, r * 1.25),
  p: (r) => polygon(5, 0, r * 1.1),
  h: (r) => polygon(6, 0, r * 1.1),
  P: (r) => cross(0, r * 1.15),
  X: (r) => cross(Math.PI / 4, r * 1.15),
};

function marker(provider, radius, attributes = {}) {
  const [color, shape] = data.providers[provider];
  return svg("path", { d: (MARKERS[shape] ?? MARKERS.o)(radius), fill: color, ...attributes });
}

function providerBadge(provider) {
  const icon = svg("svg", { viewBox: "-8 -8 16 16", class: "marker", "aria-hidden": "true" },
    marker(provider, 5.5, { class: "outlined" }));
  return el("span", { class: "badge" }, icon, provider);
}

function modelBadge(name, text = name) {
  const badge = providerBadge(models.get(name)?.provider ?? "other");
  badge.lastChild.replaceWith(el("bdi", {}, text));
  return badge;
}

/* The short label of a model, with another text below it. */
function modelCell(name, below) {
  const label = labelOf(name);
  const badge = modelBadge(name, label);
  if (below !== label) {
    badge.lastChild.replaceWith(el("span", { class: "stack" }, el("bdi", {}, label),
      el("small", {}, el("bdi", {}, below))));
  }
  return badge;
}

const labelOf = (name) => models.get(name)?.label ?? name;

/* Tooltip: shown at a pointer or an element, hidden by Escape. */
const tooltip = byId("tooltip");

function showTooltip(title, lines, x, y) {
  tooltip.replaceChildren(
    el("strong", {}, el("bdi", {}, title)),
    ...lines.map(([label, value]) =>
      el("div", {}, el("span", { class: "key" }, label), " ", el("bdi", {}, value))),
  );
  tooltip.hidden = false;
  const box = tooltip.getBoundingClientRect();
  const [width, height] = [document.documentElement.clientWidth, window.innerHeight];
  const left = x + 16 + box.width > width ? x - box.width - 16 : x + 16;
  const top = y + 16 + box.height > height ? y - box.height - 16 : y + 16;
  tooltip.style.left = `${window.scrollX + Math.max(4, Math.min(left, width - box.width - 4))}px`;
  tooltip.style.top = `${window.scrollY + Math.max(4, top)}px`;
}

function hideTooltip() {
  tooltip.hidden = true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideTooltip();
});
