"use strict";
// Sorts and filters the table of features; without it the table is all there, the worst first.
const table = document.getElementById("table");
const body = table.tBodies[0];
const words = document.getElementById("words");
const verdict = document.getElementById("verdict");
const shown = document.getElementById("shown");

// On a phone rows are cards: the style takes what they are from them, roles give it back.
const roles = {
  "#table": "table", "#table thead, #table tbody": "rowgroup", "#table tr": "row",
  "#table td": "cell", "#table thead th": "columnheader", "#table tbody th": "rowheader",
};
for (const [selector, role] of Object.entries(roles)) {
  for (const element of document.querySelectorAll(selector)) element.setAttribute("role", role);
}

function filter() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase();
    const fits = (!verdict.value || row.dataset.verdict === verdict.value)
      && wanted.every((word) => text.includes(word));
    row.hidden = !fits;
    left += fits;
  }
  shown.textContent = `${left} of ${body.rows.length} features`;
}

// What is compared: of a verdict its place in the list, of a figure its number, else the text.
function keyOf(row, header) {
  const text = row.cells[header.cellIndex].textContent.trim();
  if (header.cellIndex === 0) return [...verdict.options].findIndex((x) => x.text === text);
  return header.classList.contains("number") ? parseFloat(text.replace(/,/g, "")) : text;
}

// What has no figure comes last either way.
function compare(a, b, sign) {
  if (typeof a === "string") return sign * a.localeCompare(b, "en", { numeric: true });
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
  return sign * (a - b);
}

function sort(header) {
  // Large figures matter first, and so do severe verdicts, whose key is small.
  const first = header.classList.contains("number") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = header.ariaSort === first ? other : first;
  for (const cell of header.parentElement.cells) cell.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const keyed = [...body.rows].map((row) => [keyOf(row, header), row]);
  keyed.sort((a, b) => compare(a[0], b[0], sign));
  body.append(...keyed.map((pair) => pair[1]));
}

for (const header of table.tHead.rows[0].cells) {
  if ("unsorted" in header.dataset) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.append(...header.childNodes);
  button.addEventListener("click", () => sort(header));
  header.append(button);
}
const filters = document.getElementById("filters");
filters.hidden = false;
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", filter);
filters.addEventListener("change", filter);
filter();
addEventListener("keydown", (event) => {
  const writes = Boolean(event.target.closest?.("input, select, textarea"));
  if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    words.focus();
  }
  if (event.key === "Escape" && event.target === words) {
    words.value = "";
    filter();
    words.blur();
  }
});
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
