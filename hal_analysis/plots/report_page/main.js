/* Draw everything, and follow the fragment of the address. */
function render() {
  hideTooltip();
  renderFilters();
  renderRanking();
  renderHeatmap();
  renderFrontiers();
  renderTasks();
}

function showSection(name) {
  const section = byId(name);
  section.scrollIntoView();
  section.focus({ preventScroll: true });
}

function followFragment() {
  readFragment();
  updateControls();
  render();
  if (state.section) showSection(state.section);
}

/* A link to a section must not replace the filters in the fragment. */
document.addEventListener("click", (event) => {
  const name = event.target.closest("a[href^='#']")?.getAttribute("href").slice(1);
  if (!SECTIONS.includes(name)) return;
  event.preventDefault();
  state.section = name;
  writeFragment();
  showSection(name);
});
window.addEventListener("hashchange", followFragment);

let lastWidth = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === lastWidth) return; // a phone's address bar changes only the height
  lastWidth = window.innerWidth;
  renderFrontiers();
  renderTasks();
});

readFragment();
buildFilters();
buildHeatmapControls();
buildFrontierControls();
buildTaskControls();
renderLead();
renderCheck();
render();
document.documentElement.dataset.ready = "true";
if (state.section) showSection(state.section);
