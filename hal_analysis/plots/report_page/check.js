/* What the check found, and the files that were skipped. */
function renderCheck() {
  const isEmpty = ({ items }) => items.length === 1 && items[0] === "none";
  const lines = (items) => el("ul", {}, items.map((item) => el("li", {}, el("bdi", {}, item))));
  const blocks = [...data.check];
  const last = blocks.length ? blocks.pop() : null;
  const findings = blocks.filter((block) => !isEmpty(block)).map(({ title, items }) =>
    disclosure(el("bdi", {}, title), lines(items)));
  const empty = blocks.filter(isEmpty).map(({ title }) => title.replace(/ \(0\)$/, ""));
  byId("check-view").replaceChildren(
    ...(last ? [el("h3", {}, last.title), lines(last.items)]
      : [el("p", { class: "empty" }, "The check has not been run.")]),
    ...findings,
    ...(empty.length ? [el("h3", {}, "Nothing found"), lines(empty)] : []),
    el("h3", {}, "Skipped and duplicate files"), skippedFiles());
}

function skippedFiles() {
  if (!tables.skipped.length) {
    return el("p", { class: "empty" }, data.messages["skipped_traces.csv"] ?? "No file was skipped.");
  }
  return dataTable("skipped-data", {
    caption: "Files without a usable run and the reasons, and duplicate files.",
    fileName: "skipped_traces.csv",
    rows: tables.skipped,
    columns: [textColumn("file", "File", { isHeader: true }), textColumn("reason", "Reason")],
  });
}
