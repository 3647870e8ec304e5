// Choosing: the boxes of rows and cards, one by one, a range, a page.
"use strict";
atelier.choosing = (() => {
  const { $, $$ } = atelier;
  const boxes = () => $$("tbody input[name=review], .cards input[name=review]");
  const line = (box) => box.closest("tr[data-row], .cards li");
  let last = null;  // the id of the line that was chosen last: a range begins there

  function count() {
    const chosen = boxes().filter((box) => box.checked).length;
    for (const box of boxes()) line(box)?.classList.toggle("sel", box.checked);
    const all = $("[data-all]");
    if (all) {
      all.checked = chosen > 0 && chosen === boxes().length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
    for (const label of $$("[data-chosen]")) label.textContent = chosen === 1 ? "1 review" : `${chosen} reviews`;
  }
  function put(some, checked) {
    for (const box of some) box.checked = checked;
    count();
    return some.length > 0;
  }
  // Turns one box over; with `range`, gives all between it and the last one its new state.
  function turn(box, range) {
    if (!box) return false;
    const all = boxes();
    const from = all.findIndex((other) => other.value.split(".")[0] === last);
    const to = all.indexOf(box);
    const checked = range && from >= 0 ? true : !box.checked;
    put(range && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [box], checked);
    last = box.value.split(".")[0];
    return true;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) put(boxes(), event.target.checked);
    if (event.target.matches("input[name=review]")) {
      last = event.target.value.split(".")[0];
      count();
    }
  });
  // A click with Shift chooses the range, as everywhere.
  document.addEventListener("click", (event) => {
    if (!event.shiftKey || !event.target.matches("input[name=review]")) return;
    event.target.checked = !event.target.checked;
    turn(event.target, true);
  });
  document.addEventListener("reset", () => setTimeout(count));

  return {
    count,
    turn,
    page: () => put(boxes(), !boxes().every((box) => box.checked)),
    clear: () => boxes().some((box) => box.checked) && put(boxes(), false),
  };
})();
