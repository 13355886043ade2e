/* A panel of points with a frontier: scales, labels, and a tooltip for the nearest point. */
const MARGIN = { left: 46, right: 14, top: 8, bottom: 40 };
const REACH = 24; // pixels from the pointer within which a point is found
const LABEL_LEAD = 3; // pixels by which a name is nearer to its point than to other points

/* Classes of points as in the figures, from the most to the least important, and relative sizes. */
const CLASSES = {
  frontier: { title: "On the convex frontier", size: 1 },
  efficient: { title: "Not dominated, below the hull", size: 0.82 },
  dominated: { title: "Dominated", size: 0.72 },
  other: { title: "Another run or repeat", size: 0.5 },
};
const CLASS_NAMES = Object.keys(CLASSES);
const MARK_EDGE = "#1d2127";

const classRank = (point) => CLASS_NAMES.indexOf(point.frontierClass);
const isOnFrontier = (point) => point.frontierClass === "frontier";
const isOtherRun = (point) => point.frontierClass === "other";

/* The class of a row of a frontier's table. */
function classOf(row) {
  return row.pareto_optimal ? "frontier" : row.pareto_efficient ? "efficient" : "dominated";
}

/* Round values inside a range, about as many as asked for. */
function linearTicks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw * 0.99);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function logTicks(low, high) {
  const powers = [];
  for (let n = Math.floor(Math.log10(low)); n <= Math.ceil(Math.log10(high)); n += 1) powers.push(n);
  const factors = powers.length > 4 ? [1] : powers.length > 3 ? [1, 3] : [1, 2, 5];
  return powers.flatMap((n) => factors.map((factor) => Number(`${factor}e${n}`)))
    .filter((value) => value >= low && value <= high);
}

/* The axis of amounts that all panels of a view share; zeros get a place of their own. */
function amountAxis(amounts) {
  const positive = amounts.filter((value) => value > 0);
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const hasZero = positive.length < amounts.length;
  if (!positive.length) return { isLog: false, low: 0, high: 1, ticks: [0, 1] };
  if (high < LOG_RATIO * low) {
    return { isLog: false, low: 0, high: high * 1.08, ticks: linearTicks(0, high * 1.08, 5) };
  }
  const [start, end] = [low / 1.3, high * 1.3];
  const ticks = logTicks(start, end);
  return { isLog: true, low: start, high: end, hasZero, ticks: hasZero ? [0, ...ticks] : ticks };
}

function scaleX(axis, width) {
  const start = MARGIN.left + (axis.isLog && axis.hasZero ? 26 : 0);
  const span = width - MARGIN.right - start;
  if (!axis.isLog) return (value) => start + (span * (value - axis.low)) / (axis.high - axis.low);
  const logSpan = Math.log(axis.high / axis.low);
  return (value) => (value > 0 ? start + (span * Math.log(value / axis.low)) / logSpan
    : MARGIN.left + 8);
}

/*
The frontier as a list of [x, y], up to the right edge of the panel: straight in the amount, sampled
since the axis may be logarithmic.
*/
function frontierLine(points, x, y, axis) {
  const corners = [...points].sort((a, b) => a.amount - b.amount || a.value - b.value);
  const places = [];
  corners.forEach((corner, i) => {
    const next = corners[i + 1];
    const n = next && axis.isLog ? 24 : 1;
    for (let k = 0; k < n; k += 1) {
      const share = k / n;
      const amount = next ? corner.amount + (next.amount - corner.amount) * share : corner.amount;
      const value = next ? corner.value + (next.value - corner.value) * share : corner.value;
      places.push([x(amount), y(value)]);
    }
  });
  return places.length ? [...places, [x(axis.high), places.at(-1)[1]]] : [];
}

const linePath = (places) =>
  places.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");

/* Places along a line, at most `step` pixels apart. */
function placesAlong(line, step) {
  return line.slice(1).flatMap(([x, y], i) => {
    const [fromX, fromY] = line[i];
    const n = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / step));
    return Array.from({ length: n }, (_, k) =>
      [fromX + ((x - fromX) * k) / n, fromY + ((y - fromY) * k) / n]);
  });
}

const ruler = document.createElement("canvas").getContext("2d");

function textWidth(text, size, isBold = false) {
  ruler.font = `${isBold ? 600 : 400} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

/* Where a name of width w and height h may stand around (x, y), the best places first. */
function labelPlaces(x, y, w, h, right) {
  const middle = Math.max(MARGIN.left, Math.min(x - w / 2, right - w));
  return [[x + 9, y - h / 2], [x - 9 - w, y - h / 2], [middle, y - 9 - h], [middle, y + 9],
    [x + 7, y - 7 - h], [x - 7 - w, y - 7 - h], [x + 7, y + 6], [x - 7 - w, y + 6],
    [x + 3, y - 14 - h], [x - 3 - w, y - 14 - h], [x + 3, y + 14], [x - 3 - w, y + 14],
    [middle, y - 18 - h], [middle, y + 18]];
}

/* Groups of points that cover each other, directly or by way of further points. */
function coveringGroups(points, radius) {
  const numbers = [...points.keys()]; // of the groups
  points.forEach(({ px, py }, i) => points.slice(0, i).forEach((other, j) => {
    if (numbers[i] === numbers[j] || Math.hypot(px - other.px, py - other.py) >= radius) return;
    const [kept, merged] = [numbers[i], numbers[j]].sort((a, b) => a - b);
    numbers.forEach((number, k) => {
      if (number === merged) numbers[k] = kept;
    });
  }));
  const members = groupBy([...points.keys()], (i) => numbers[i]);
  return [...members.values()].map((group) => group.map((i) => points[i]));
}

/* The distance from a box to the nearest point, or infinity without points. */
function distanceToPoints([left, top, right, bottom], points) {
  return Math.min(...points.map(({ px, py }) =>
    Math.hypot(Math.max(left - px, 0, px - right), Math.max(top - py, 0, py - bottom))));
}

/*
Names beside their points, where neither points nor other names are in the way, and off the frontier
where that is possible. Points that cover each other share a label. A label that would be as near to
the point of another model is omitted.
*/
function placeLabels(points, line, { fontSize: size, radius, width, height }) {
  const onLine = placesAlong(line, 4);
  const named = points.filter((point) => !isOtherRun(point))
    .sort((a, b) => classRank(a) - classRank(b) || a.px - b.px);
  const taken = named.map(({ px, py }) => [px - 6, py - 6, px + 6, py + 6]);
  const labels = [];
  for (const group of coveringGroups(named, radius)) {
    const text = group.map((point) => point.label).join(", ");
    const indices = group.map((point) => point.index);
    const rivals = points.filter((point) => !indices.includes(point.index));
    const isBold = group.every(isOnFrontier);
    const [w, h] = [textWidth(text, size, isBold), size];
    const isClear = ([left, top]) => {
      const box = [left, top, left + w, top + h];
      return left >= MARGIN.left && top >= 0 && box[2] <= width && box[3] <= height - MARGIN.bottom
        && !taken.some(([a, b, c, d]) => left < c && box[2] > a && top < d && box[3] > b)
        && distanceToPoints(box, group) + LABEL_LEAD <= distanceToPoints(box, rivals);
    };
    const places = labelPlaces(group[0].px, group[0].py, w, h, width).filter(isClear);
    const free = places.find(([left, top]) =>
      !onLine.some(([x, y]) => x > left - 1 && x < left + w + 1 && y > top && y < top + h)) ?? places[0];
    if (!free) continue;
    taken.push([free[0], free[1], free[0] + w, free[1] + h]);
    labels.push(svg("text", { x: free[0], y: free[1] + h * 0.82, "font-size": size,
      class: isBold ? "label strong" : "label", "data-model": indices.join(" ") }, text));
  }
  return labels;
}

function drawAxes(axis, x, y, { width, height, top, xLabel, yLabel }) {
  const bottom = height - MARGIN.bottom;
  const parts = linearTicks(0, top, 5).flatMap((value) => [
    svg("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value), class: "grid" }),
    svg("text", { x: MARGIN.left - 6, y: y(value) + 4, class: "tick end" }, FIXED[top <= 0.2 ? 2 : 1].format(value)),
  ]);
  let lastEnd = -Infinity;
  for (const value of axis.ticks) {
    const text = value >= 1000 ? format.compact(value) : String(value);
    parts.push(svg("line", { x1: x(value), x2: x(value), y1: MARGIN.top, y2: bottom, class: "grid" }));
    if (x(value) - 4 * text.length < lastEnd || x(value) + 3 * text.length > width) continue;
    lastEnd = x(value) + 4 * text.length + 4;
    parts.push(svg("text", { x: x(value), y: bottom + 15, class: "tick middle" }, text));
  }
  const center = (MARGIN.left + width - MARGIN.right) / 2;
  const middle = (MARGIN.top + bottom) / 2;
  parts.push(svg("text", { x: center, y: height - 7, class: "axis middle" }, xLabel),
    svg("text", { x: 12, y: middle, class: "axis middle",
      transform: `rotate(-90 12 ${middle})` }, yLabel));
  return parts;
}

/* The colour of the edge of a hollow marker: darkened until its contrast to white is 3. */
function edgeColor(color) {
  const shades = [0, 0.1, 0.2, 0.3, 0.4, 0.5].map((share) => interpolate([color, "#000000"], share));
  return `rgb(${(shades.find((shade) => luminance(shade) <= 0.3) ?? shades.at(-1)).join(",")})`;
}

const FEW_COLOR = "#dfe2e6"; // of hollow markers of models with few benchmarks

/* The attributes of a marker: hollow if nothing dominates it, pale if it has few benchmarks. */
function markStyle({ frontierClass, hasFew = false }, color) {
  const isHollow = frontierClass === "efficient";
  const pale = `rgb(${interpolate([color, "#ffffff"], 0.65).join(",")})`;
  return {
    class: `mark ${frontierClass}${isHollow ? " hollow" : ""}`,
    fill: isHollow ? (hasFew ? FEW_COLOR : "#ffffff") : hasFew ? pale : color,
    stroke: isHollow ? edgeColor(color) : MARK_EDGE,
  };
}

function drawPoint(point, y, radius) {
  const { px, py } = point;
  const size = radius * CLASSES[point.frontierClass].size;
  const [color] = data.providers[point.provider];
  const interval = point.low == null ? null
    : svg("line", { x1: px, x2: px, y1: y(point.low), y2: y(point.high), class: "interval" });
  const transform = `translate(${px.toFixed(1)} ${py.toFixed(1)})`;
  const shape = marker(point.provider, size, { ...markStyle(point, color), transform });
  return svg("g", { class: "point", role: "img", tabindex: "-1",
    "data-model": point.index, "data-run": point.runIds ?? null,
    "aria-label": [point.title, ...point.lines.map((line) => line.join(" "))].join(", ") },
  interval, shape);
}

/* The upper end of the vertical axis: a round value above all points and intervals. */
function valueLimit(points) {
  const highest = Math.max(...points.map((point) => point.high ?? point.value));
  return [0.1, 0.2, 0.4, 0.6, 0.8].find((limit) => highest * 1.08 <= limit) ?? 1;
}

/*
Draw points with `amount`, `value`, `low`, `high`, `frontierClass`, `title` and `lines`. `frontier`
has the points of the line, which filters do not change.
*/
function drawPanel(points, frontier, options) {
  const { width, height, axis, heading } = options;
  const x = scaleX(axis, width);
  const top = valueLimit([...points, ...frontier]);
  const y = (value) => height - MARGIN.bottom - ((height - MARGIN.bottom - MARGIN.top) * value) / top;
  // Points on the frontier are drawn last, on top.
  const ordered = [...points].sort((a, b) => classRank(b) - classRank(a));
  for (const point of ordered) Object.assign(point, { px: x(point.amount), py: y(point.value) });
  const line = frontierLine(frontier, x, y, axis);
  const nodes = ordered.map((point) => drawPoint(point, y, options.radius));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", width, height,
    "aria-label": `${heading}: ${plural(points.length, "point")}; arrow keys move between them` },
  drawAxes(axis, x, y, { ...options, top }),
  svg("path", { d: linePath(line), class: "frontier-line" }),
  nodes,
  placeLabels(ordered, line, options));
  addPointer(picture, ordered, nodes);
  return picture;
}

/* The pointer selects the nearest point; the arrow keys move through the points. */
function addPointer(picture, points, nodes) {
  if (!points.length) return;
  const byAmount = points.map((_, i) => i).sort((a, b) => points[a].px - points[b].px);
  nodes[byAmount[0]].setAttribute("tabindex", "0");
  const select = (i, place) => {
    for (const node of nodes) node.classList.toggle("hot", node === nodes[i]);
    const charts = picture.closest(".charts");
    for (const node of charts.querySelectorAll("[data-model]")) {
      node.classList.toggle("same", node.dataset.model.split(" ").includes(String(points[i].index)));
    }
    charts.classList.add("focused");
    showTooltip(points[i].title, points[i].lines, place.x, place.y);
  };
  const clear = () => {
    picture.closest(".charts")?.classList.remove("focused"); // none once it is redrawn
    hideTooltip();
  };
  const onPointer = (event) => {
    const box = picture.getBoundingClientRect();
    const factor = picture.viewBox.baseVal.width / box.width;
    const [px, py] = [(event.clientX - box.left) * factor, (event.clientY - box.top) * factor];
    const distance = (point) => Math.hypot(point.px - px, point.py - py) + (isOtherRun(point) ? 3 : 0);
    const nearest = points.reduce((best, point, i) =>
      (distance(point) < distance(points[best]) ? i : best), 0);
    if (distance(points[nearest]) <= REACH) select(nearest, { x: event.clientX, y: event.clientY });
    else clear();
  };
  picture.addEventListener("pointermove", onPointer);
  picture.addEventListener("click", onPointer);
  picture.addEventListener("pointerleave", clear);
  nodes.forEach((node, i) => {
    node.addEventListener("focus", () => {
      const box = node.getBoundingClientRect();
      select(i, { x: box.right, y: box.bottom });
    });
    node.addEventListener("blur", clear);
  });
  picture.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const place = byAmount.indexOf(nodes.indexOf(document.activeElement));
    if (!(event.key in steps) || place < 0) return;
    event.preventDefault();
    const next = nodes[byAmount[(place + steps[event.key] + nodes.length) % nodes.length]];
    nodes.forEach((node) => node.setAttribute("tabindex", node === next ? "0" : "-1"));
    next.focus();
  });
}
