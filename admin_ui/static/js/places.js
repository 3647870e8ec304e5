// Where one is: the row or card that the keys act on, the drawer beside a list, and the focus after a swap.
"use strict";
atelier.places = (() => {
  const { $, $$, say, seen, press, drawer } = atelier;
  const rows = () => $$("tr[data-row]");
  let place = null;  // the current row's id: rows are replaced when they change

  function stand(row) {
    for (const other of rows()) other.classList.toggle("cur", other === row);
    place = row ? row.id : null;
  }
  function step(by) {
    const cards = $$("[data-card]");
    if (cards.length) {
      const next = cards[cards.findIndex((card) => card.getAttribute("aria-current")) + by];
      if (next) { next.click(); next.scrollIntoView({ block: "nearest" }); }
      else if (by < 0 || !press("#more")) say("There are no more on this page.");
      return true;
    }
    const all = rows();
    if (!all.length) return false;
    const at = all.findIndex((row) => row.id === place);
    const next = all[at < 0 ? 0 : at + by];
    if (!next) { say("There are no more on this page."); return true; }
    stand(next);
    next.scrollIntoView({ block: "nearest" });
    const link = $("[data-open]", next);
    if (drawer()) link.click(); else link.focus({ preventScroll: true });
    return true;
  }
  function closeDrawer() {
    drawer()?.close();
  }
  document.addEventListener("close", (event) => {
    if (event.target.id === "drawer") $(`#open-${event.target.dataset.review}`)?.focus();
  }, true);

  document.addEventListener("click", (event) => {
    const stepper = event.target.closest("[data-step]");
    if (stepper) { step(Number(stepper.dataset.step)); return; }
    const row = event.target.closest("tr[data-row]");
    if (!row) return;
    stand(row);
    const inside = event.target.closest("a, button, input, label, select");
    if (!inside && String(getSelection()) === "") $("[data-open]", row)?.click();
  });

  // ---- after a swap: focus where it was, words for those who do not see it
  let focused = null;
  document.addEventListener("htmx:before:swap", () => {
    const active = document.activeElement;
    focused = active && active !== document.body ? active.closest("[id]")?.id || "main" : null;
  });
  let shown = drawer()?.dataset.review;
  let card = $(".p-review")?.id;
  document.addEventListener("htmx:after:swap", () => {
    atelier.choosing.count();
    const modal = $("#modal[open]");
    if (modal && !modal.matches(":modal")) { modal.removeAttribute("open"); modal.showModal(); return; }
    const open = drawer();
    if (open && open.dataset.review !== shown) {
      stand($(`#row-${open.dataset.review}`));
      $(".in", open)?.focus({ preventScroll: true });
      say(`Review: ${$("#drawer-title")?.textContent}`);
    }
    shown = open?.dataset.review;
    if (place) stand(document.getElementById(place));
    const review = $(".p-review")?.id;
    if (review !== card) $(".p-scroll")?.scrollTo(0, 0);  // the next card is read from its beginning
    card = review;
    const lost = document.activeElement === document.body || !seen(document.activeElement);
    if (lost && focused) {
      // The nearest that still is: the element itself, what it stood in, the list, the page.
      const near = [document.getElementById(focused), $("#drawer[open] .in"), $(".p-scroll"), $("tr.cur [data-open]"), $("#main")];
      near.some((element) => seen(element) && (element.focus({ preventScroll: true }), document.activeElement === element));
    }
    const list = $("#list");
    if (list && focused && (focused === "older" || focused === "newer")) say(list.dataset.status);
  });

  return {
    step,
    closeDrawer,
    // The box of the row or card that the keys act on.
    box: () => (place ? $(`#${place} input[name=review]`) : $(".cards li:has([aria-current]) input[name=review]")),
    // The review that the keys act on, by its id.
    review: () => drawer()?.dataset.review || place?.slice(4) || $("[data-full]")?.textContent,
  };
})();
