/* Tables that sort by any column, and their CSV files. */
const FORMULA = /^'*[=+\-@＝＋－＠]/;
const MAX_ROWS = 100; // rows shown before "Show all"
const sortOrders = new Map(); // by table, so that an order outlives a filter

function csvCell(value) {
  if (value == null) return "";
  if (value === true) return "True";
  if (value === false) return "False";
  // As in the tables of the stages, text that a spreadsheet would run starts with an apostrophe.
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function saveCsv(fileName, header, lines) {
  const text = [header, ...lines].map((cells) => `${cells.map(csvCell).join(",")}\n`).join("");
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = el("a", { href: url, download: fileName });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function csvButton(fileName, save) {
  return el("button", { type: "button", class: "csv", "data-csv": fileName, onclick: save },
    "Save as CSV", el("span", { class: "hidden" }, `: ${fileName}`));
}

const compareValues = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en") : a - b);

/* Rows in an order; missing values come last in both directions. */
function sortRows(rows, column, isDescending) {
  const keyed = rows.map((row) => [column.sort ? column.sort(row) : row[column.key], row]);
  const present = keyed.filter(([key]) => isPresent(key));
  present.sort(([a], [b]) => (isDescending ? compareValues(b, a) : compareValues(a, b)));
  return [...present, ...keyed.filter(([key]) => !isPresent(key))].map(([, row]) => row);
}

/* The column of names stays in place while a table scrolls sideways. */
const cellClass = ({ kind, isHeader }) => [kind, isHeader && "fixed"].filter(Boolean).join(" ") || null;

/*
A column has `key`, the name in the CSV file; `title`; `cell`, which returns text or an element;
and, where needed, `sort`, the value to sort by, `kind`, its classes, and `csv`, [name, value] of each
cell in the CSV file.
*/
function dataTable(id, { caption, fileName, columns, rows, startOrder, isHighlighted }) {
  const body = el("tbody");
  const more = el("button", { type: "button", class: "more" });
  let isComplete = false;
  const headers = columns.map((column) => {
    const button = el("button", { type: "button", onclick: () => sortBy(column) },
      column.title, el("span", { class: "arrow", "aria-hidden": "true" }));
    return el("th", { scope: "col", class: cellClass(column) }, button);
  });

  function orderedRows() {
    const { key, isDescending } = sortOrders.get(id) ?? startOrder ?? {};
    const column = columns.find((each) => each.key === key);
    return column ? sortRows(rows, column, isDescending) : rows;
  }

  function fill() {
    const { key, isDescending } = sortOrders.get(id) ?? startOrder ?? {};
    columns.forEach((column, i) => {
      const order = column.key !== key ? "none" : isDescending ? "descending" : "ascending";
      headers[i].setAttribute("aria-sort", order);
    });
    const shown = isComplete ? orderedRows() : orderedRows().slice(0, MAX_ROWS);
    body.replaceChildren(...shown.map((row) => tableRow(row, columns, isHighlighted?.(row))));
    more.hidden = shown.length === rows.length;
    more.textContent = `Show all ${format.count(rows.length)} rows`;
  }

  function sortBy(column) {
    const order = sortOrders.get(id) ?? startOrder ?? {};
    const isSame = order.key === column.key;
    const isDescending = isSame ? !order.isDescending : Boolean(column.startsDescending);
    sortOrders.set(id, { key: column.key, isDescending });
    fill();
  }

  more.addEventListener("click", () => {
    isComplete = true;
    fill();
  });
  fill();
  const table = el("table", { id, class: "data" }, el("caption", {}, el("span", {}, caption)),
    el("thead", {}, el("tr", {}, headers)), body);
  return el("div", { class: "table" }, scrollBox(caption, table),
    el("div", { class: "actions" }, more,
      csvButton(fileName, () => saveColumns(fileName, columns, orderedRows()))));
}

function tableRow(row, columns, isHighlighted) {
  return el("tr", { class: isHighlighted ? "highlight" : null }, columns.map((column) =>
    el(column.isHeader ? "th" : "td", {
      scope: column.isHeader ? "row" : null,
      class: cellClass(column),
    }, column.cell(row))));
}

function saveColumns(fileName, columns, rows) {
  const cells = columns.flatMap((column) => column.csv ?? [[column.key, (row) => row[column.key]]]);
  saveCsv(fileName, cells.map(([name]) => name),
    rows.map((row) => cells.map(([, value]) => value(row))));
}

/* A wide table scrolls in its own box, also by keyboard. */
function scrollBox(label, content) {
  return el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label }, content);
}

const textColumn = (key, title, options = {}) => ({
  key, title, kind: "text", cell: (row) => el("bdi", {}, row[key] ?? MISSING), ...options,
});
const modelColumn = (key, title, options = {}) => ({
  key, title, kind: "text name", cell: (row) => modelBadge(row[key]), ...options,
});
const numberColumn = (key, title, text, options = {}) => ({
  key, title, cell: (row) => text(row[key]), startsDescending: true, ...options,
});

/* A value with the limits of its interval below it, and all three in the CSV file. */
function intervalColumn(key, title, low, high, options = {}) {
  return numberColumn(key, title, format.fraction, {
    cell: (row) => el("span", { class: "stack" }, format.fraction(row[key]),
      el("small", {}, format.interval(row[low], row[high]))),
    csv: [key, low, high].map((name) => [name, (row) => row[name]]),
    ...options,
  });
}

/* Sections that open on demand. */
function disclosure(title, ...content) {
  return el("details", { class: "more-data" }, el("summary", {}, title), content);
}
