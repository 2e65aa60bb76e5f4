"use strict";

// Sortable tables: a click on a heading sorts by it, a second click reverses.
function sortKey(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.value ?? cell.textContent;
  const number = Number(text);
  return text !== "" && Number.isFinite(number) ? number : text;
}

function compareKeys(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number") return -1;
  if (typeof b === "number") return 1;
  return a.localeCompare(b, "en", { numeric: true });
}

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((a, b) => compareKeys(sortKey(a, column), sortKey(b, column)));
      body.append(...(descending ? rows.reverse() : rows));
    });
  });
}

// Every figure can be kept as SVG, and its numbers as CSV.
function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

for (const button of document.querySelectorAll("[data-download]")) {
  button.addEventListener("click", () => {
    const figure = button.closest("figure");
    const name = figure.id.replace("figure-", "");
    if (button.dataset.download === "svg") {
      save(`${name}.svg`, "image/svg+xml", figure.querySelector("svg").outerHTML);
    } else {
      save(`${name}.csv`, "text/csv", JSON.parse(figure.querySelector("script").textContent));
    }
  });
}

// Browsers without ::details-content print what is open.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) details.open = true;
});
