"use strict";
// Sorts and filters the table of features; without it the table is all there, the worst first.
const table = document.getElementById("table");
const body = table.tBodies[0];
const words = document.getElementById("words");
const verdict = document.getElementById("verdict");
const shown = document.getElementById("shown");

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

// Numbers by size, the rest as text; what has no figure comes last either way.
function compare(one, other, sign) {
  const [a, b] = [one.dataset.key, other.dataset.key];
  if (a === undefined) {
    return sign * one.textContent.trim().localeCompare(other.textContent.trim(), "en", { numeric: true });
  }
  if (a === "" || b === "") return (a === "") - (b === "");
  return sign * (Number(a) - Number(b));
}

function sort(header) {
  // Large figures matter first, and so do severe verdicts, whose key is small.
  const first = header.classList.contains("number") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = header.ariaSort === first ? other : first;
  for (const cell of header.parentElement.cells) cell.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const place = header.cellIndex;
  body.append(...[...body.rows].sort((a, b) => compare(a.cells[place], b.cells[place], sign)));
}

for (const header of table.tHead.rows[0].cells) {
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
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
