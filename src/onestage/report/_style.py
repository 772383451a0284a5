"""How the pages look, and what moves in them."""

# The hues are Okabe and Ito's, which the colour-blind tell apart, made darker on white and lighter
# on black until they stand out from it (3 to 1).
_TEMPLATE = """
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --faint: #57606a; --page: #fff; --card: #f6f8fa; --rule: #d0d7de;
  --c0: #0072b2; --c1: #c04f00; --c2: #00795a; --c3: #b0568c;
  --c4: #8a6500; --c5: #3388bb; --c6: #555; --c7: #9a1f1f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --faint: #9aa5b1; --page: #0f1318; --card: #181d24; --rule: #39424e;
    --c0: #56b4e9; --c1: #f0883e; --c2: #2fc59b; --c3: #e39ac4;
    --c4: #e0c13f; --c5: #8aa9ff; --c6: #c3c8ce; --c7: #ff7b72;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 80rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
a { color: var(--c0); }
nav a { display: inline-block; padding: .35rem .9rem .35rem 0; }
.note, footer, figcaption + .note { color: var(--faint); font-size: .875rem; margin: .25rem 0; }
footer { margin-top: 3rem; }
:focus-visible { outline: 3px solid var(--c0); outline-offset: 2px; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: .5rem 0; }
.facts div { min-width: 0; }
.facts dt { color: var(--faint); font-size: .875rem; }
.facts dd { margin: 0; }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
.chart { margin: 0; padding: .75rem; background: var(--card); border-radius: .5rem; min-width: 0; }
.chart figcaption { font-weight: 600; }
.chart svg { display: block; width: 100%; height: auto; margin-top: .25rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; list-style: none; margin: 0; padding: 0; font-size: .875rem; }
.legend svg { display: inline-block; width: 26px; height: 10px; margin: 0 .4rem 0 0; }
svg text { fill: var(--faint); font-size: 11px; }
svg .end { text-anchor: end; }
svg .mid { text-anchor: middle; }
svg .label { fill: var(--ink); font-size: 12px; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
svg .rule { stroke: var(--rule); stroke-width: 1; fill: none; }
svg .one { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
svg line, svg polyline { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
svg .band { opacity: .22; stroke: none; }
svg polyline.pale { opacity: .35; stroke-width: .75; }
.crowd polyline.pale { opacity: .15; }
.crowd .band { opacity: .1; }
HUES
.step { display: flex; align-items: center; gap: .75rem; max-width: 40rem; margin: .5rem 0; }
.walk > .step { position: sticky; top: 0; z-index: 1; background: var(--page); }
.step input { flex: 1; min-width: 0; height: 2.75rem; margin: 0; accent-color: var(--c0); }
.step output { min-width: 4.5rem; font-variant-numeric: tabular-nums; }
.grids { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(45%, 17rem), 1fr)); }
.grids figure { margin: 0; min-width: 0; }
.grids figure:only-child { max-width: 34rem; grid-column: 1 / -1; }
.grids img { display: block; width: 100%; height: auto; image-rendering: auto; background: #fff; }
.grids img[hidden] { display: none; }
.grids figcaption { color: var(--faint); font-size: .875rem; }
.table { margin: 0 0 1rem; }
.table figcaption { color: var(--faint); font-size: .875rem; }
.wide { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .9375rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .35rem .75rem .35rem 0; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
td, tbody th { white-space: nowrap; }
td.long, tbody th.long { white-space: normal; overflow-wrap: anywhere; min-width: 16rem; }
tbody th { font-weight: 500; }
thead th { vertical-align: bottom; min-width: 4rem; }
.span { color: var(--faint); font-size: .85em; }
.differ tbody td { background: var(--card); padding-left: .5rem; border-left: 3px solid var(--c1); }
thead button {
  font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: .35rem 0;
  text-align: left; cursor: pointer;
}
thead button::after { content: "\\00a0\\2195"; color: var(--faint); font-weight: 400; }
[aria-sort=ascending] button::after { content: "\\00a0\\2191"; color: inherit; }
[aria-sort=descending] button::after { content: "\\00a0\\2193"; color: inherit; }
details { margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem 0; }
pre { white-space: pre-wrap; background: var(--card); padding: .75rem; border-radius: .5rem; font: .875rem/1.5 ui-monospace, monospace; margin: .5rem 0; }
"""  # noqa: E501 - one rule, one line

STYLE = _TEMPLATE.replace(
    "HUES",
    "\n".join(
        f"svg .c{i} {{ stroke: var(--c{i}); }} "
        f"svg .band.c{i}, svg .dot.c{i} {{ fill: var(--c{i}); }}"
        for i in range(8)
    ),
)

SCRIPT = """
"use strict";
const walk = document.getElementById("walk");
if (walk) {
  const steps = walk.dataset.steps.split(",").map(Number);
  const show = () => {
    const step = steps[walk.value];
    const text = step.toLocaleString("en-US");
    walk.setAttribute("aria-valuetext", "step " + text);
    document.querySelector("output[for=walk]").value = text;
    for (const figure of document.querySelectorAll(".grids figure")) {
      const images = [...figure.querySelectorAll("img")];
      const drawn = images.filter((image) => Number(image.dataset.step) <= step).pop() || images[0];
      for (const image of images) image.hidden = image !== drawn;
    }
  };
  walk.addEventListener("input", show);
  show(); // a browser may keep the place of a page that is loaded again
}
const key = (row, column) => {
  const cell = row.cells[column];
  return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
};
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b
    : typeof a === "number" ? -1 : typeof b === "number" ? 1
      : a.localeCompare(b, "en", { numeric: true });
for (const table of document.querySelectorAll("table.sorts")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => heading.firstChild.addEventListener("click", () => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => (down ? -1 : 1) * compare(key(a, column), key(b, column)));
    table.tBodies[0].append(...rows);
  }));
}
"""
