"use strict";
// Filters the features, and tells of the night and feature under the pointer or the arrow keys.
// Without it the strips, and the links to nights, are all there.
const effects = [
  "under half of its threshold", "half to one of its threshold", "1 to 2 times its threshold",
  "2 to 5 times its threshold", "5 times its threshold and more", "no effect measured",
];
const verdicts = [["A", "skew"], ["a", "warn"], ["p", "inconclusive"]];

function meaning(letter) {
  if (letter === ".") return "not audited";
  const digit = "01234x".indexOf(letter);
  if (digit >= 0) return effects[digit];
  for (const [start, verdict] of verdicts) {
    const place = letter.charCodeAt(0) - start.charCodeAt(0);
    if (place >= 0 && place <= 5) return `${verdict}, ${effects[place]}`;
  }
  return "";
}

function attach(map) {
  const section = map.closest("section");
  const rows = [...map.querySelectorAll("tbody.features tr")];
  const nights = [...map.querySelectorAll(".verdicts a")];
  const status = section.querySelector(".status");
  const cursor = document.createElement("div");
  cursor.className = "cursor";
  let [row, night] = [0, nights.length - 1];

  function point() {
    const strip = rows[row].querySelector(".strip");
    cursor.style.left = `${100 * night / nights.length}%`;
    cursor.style.width = `${100 / nights.length}%`;
    strip.append(cursor);
    const name = rows[row].querySelector("th").textContent;
    const title = nights[night].querySelector("title").textContent;
    status.textContent = `${name}: ${meaning(rows[row].dataset.l[night])}. ${title}`;
  }

  function open() {
    const id = nights[night].getAttribute("href").slice(1);
    location.hash = id;
    document.getElementById(id).focus();
  }

  function at(event) {
    const strip = event.target.closest("tbody.features .strip");
    if (!strip) return false;
    const box = strip.querySelector("svg").getBoundingClientRect();
    const place = Math.floor((event.clientX - box.left) / box.width * nights.length);
    night = Math.min(Math.max(place, 0), nights.length - 1);
    row = rows.indexOf(strip.parentElement);
    point();
    return true;
  }

  function move(down, right) {
    let next = row + down;
    while (rows[next]?.hidden) next += down;
    if (rows[next]) row = next;
    night = Math.min(Math.max(night + right, 0), nights.length - 1);
    point();
    rows[row].scrollIntoView({ block: "nearest" });
  }

  const keys = {
    ArrowLeft: () => move(0, -1), ArrowRight: () => move(0, 1), Home: () => move(0, -nights.length),
    End: () => move(0, nights.length), ArrowUp: () => move(-1, 0), ArrowDown: () => move(1, 0),
    Enter: open,
  };
  map.tabIndex = 0;
  map.setAttribute("aria-label", "Features and nights: arrow keys move, Enter opens the night");
  map.addEventListener("keydown", (event) => {
    if (event.target !== map || !keys[event.key] || !rows.length) return;
    event.preventDefault();
    keys[event.key]();
  });
  map.addEventListener("focus", () => { if (rows.length) point(); });
  map.addEventListener("mousemove", at);
  map.addEventListener("click", (event) => { if (at(event)) open(); });

  const form = section.querySelector(".filters");
  const words = form.querySelector(".words");
  const shown = form.querySelector(".shown");
  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const line of rows) {
      const text = line.textContent.toLowerCase();
      line.hidden = !wanted.every((word) => text.includes(word));
      left += !line.hidden;
    }
    shown.textContent = `${left} of ${rows.length} features`;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  filter();
}

for (const map of document.querySelectorAll(".map")) attach(map);
