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

// A link to the images of a class opens what folds them away.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest("details")) return;
  for (let part = target; part; part = part.parentElement.closest("details")) {
    if (part.tagName === "DETAILS") part.open = true;
  }
  target.scrollIntoView();
}

addEventListener("hashchange", openTarget);
openTarget();

// Two lists to pick a model and one of its classes; without this script the folds do the same.
function choice(label, names) {
  const select = document.createElement("select");
  names.forEach((name, index) => select.add(new Option(name, index)));
  const line = document.createElement("label");
  line.append(label, select);
  return [line, select];
}

function addPicker(section) {
  const models = [...section.querySelectorAll("details.model")].filter((model) => model.querySelector(".images"));
  if (!models.length) return;
  const [modelLine, model] = choice("Model", models.map((part) => part.dataset.name));
  const [classLine, ofClass] = choice("Class", []);
  const classes = () => [...models[model.value].querySelectorAll(".images")];
  const fill = () => ofClass.replaceChildren(new Option("choose …", ""), ...classes().map((part, i) => new Option(part.dataset.name, i)));
  model.addEventListener("change", fill);
  ofClass.addEventListener("change", () => {
    if (ofClass.value === "") return;
    for (const part of section.querySelectorAll("details[open]")) part.open = false;
    const target = classes()[ofClass.value];
    models[model.value].open = target.open = true;
    target.scrollIntoView({ block: "nearest" });
  });
  fill();
  const picker = document.createElement("form");
  picker.className = "picker";
  picker.append(modelLine, classLine);
  section.querySelector("h2").after(picker);
}

document.querySelectorAll(".by-class").forEach(addPicker);

// Browsers without ::details-content print what is open; of the images only those that the reader opened.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open], .images, .other)")) details.open = true;
});
