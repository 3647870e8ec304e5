// What the pages cannot do by themselves: keys, the drawer's neighbours, focus and words after a swap.
// Every link and form works without it. Nothing here knows a rule: it presses the buttons that are there.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (text) => { $("#status").textContent = text; };
  const seen = (element) => element && element.getClientRects().length > 0;

  // ---- sign-in: the browser knows its time zone, the server keeps it when there is none yet
  for (const field of $$("[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  if (!$("#main")) return;

  // ---- choosing rows
  const boxes = () => $$("tbody input[name=review]");
  function count() {
    const chosen = boxes().filter((box) => box.checked).length;
    for (const row of $$("tr[data-row]")) row.classList.toggle("sel", !!$("input[name=review]:checked", row));
    const all = $("[data-all]");
    if (all) {
      all.checked = chosen > 0 && chosen === boxes().length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
    const label = $("[data-chosen]");
    if (label) label.textContent = chosen === 1 ? "1 review" : `${chosen} reviews`;
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches("[data-all], input[name=review]")) count();
  });
  document.addEventListener("reset", () => setTimeout(count));

  // ---- fields left empty do not stand in the address
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  // ---- one place in the list: the row that the keys act on
  const rows = () => $$("tr[data-row]");
  const drawer = () => $("#drawer[open]");
  let place = null;  // the current row's id: rows are replaced when they change
  function stand(row) {
    for (const other of rows()) other.classList.toggle("cur", other === row);
    place = row ? row.id : null;
  }
  function step(by) {
    const cards = $$("[data-card]");
    if (cards.length) {
      const at = cards.findIndex((card) => card.getAttribute("aria-current"));
      const next = cards[at + by];
      if (next) { next.click(); next.scrollIntoView({ block: "nearest" }); } else say("There are no more on this page.");
      return;
    }
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.id === place);
    const next = all[at < 0 ? 0 : at + by];
    if (!next) { say("There are no more on this page."); return; }
    stand(next);
    next.scrollIntoView({ block: "nearest" });
    const link = $("[data-open]", next);
    if (drawer()) link.click(); else link.focus({ preventScroll: true });
  }
  function closeDrawer() {
    const open = drawer();
    if (!open) return false;
    open.close();
    return true;
  }
  document.addEventListener("close", (event) => {
    if (event.target.id === "drawer") $(`#open-${event.target.dataset.review}`)?.focus();
  }, true);

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest("[data-dismiss]")) {
      event.preventDefault();
      $("#toasts").replaceChildren();
      return;
    }
    const stepper = target.closest("[data-step]");
    if (stepper) { step(Number(stepper.dataset.step)); return; }
    const editor = target.closest(".chip > a[href*='edit=']");
    if (editor && $("#edit") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      $("#edit").open = true;
      $("#edit input")?.focus();
      return;
    }
    const row = target.closest("tr[data-row]");
    if (!row) return;
    stand(row);
    const inside = target.closest("a, button, input, label, select");
    if (!inside && String(getSelection()) === "") $("[data-open]", row)?.click();
  });

  // ---- what is shown once: a click selects it, a button copies it where the page may (over https, or here)
  document.addEventListener("click", async (event) => {
    const shown = event.target.closest(".once input");
    if (shown) shown.select();
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
    $("span", button).textContent = "Copied";
    say("Copied.");
  });

  // ---- after a swap: focus where it was, words for those who do not see it
  let focused = null;
  document.addEventListener("htmx:before:swap", () => {
    const active = document.activeElement;
    focused = active && active !== document.body ? active.closest("[id]")?.id || "main" : null;
  });
  let shown = drawer()?.dataset.review;
  let state = $("[data-state]")?.dataset.state;  // of a job or a run that the page follows
  document.addEventListener("htmx:after:swap", () => {
    count();
    const now = $("[data-state]")?.dataset.state;
    if (now && now !== state) say(now);
    state = now;
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
    const lost = document.activeElement === document.body || !seen(document.activeElement);
    if (lost && focused) {
      // The nearest that still is: the element itself, what it stood in, the list, the page.
      const near = [document.getElementById(focused), $("#drawer[open] .in"), $(".p-scroll"), $("tr.cur [data-open]"), $("#main")];
      near.some((element) => seen(element) && (element.focus({ preventScroll: true }), document.activeElement === element));
    }
    const list = $("#list");
    if (list && focused && (focused === "older" || focused === "newer")) say(list.dataset.status);
  });
  document.addEventListener("htmx:error", (event) => {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.setAttribute("role", "alert");
    toast.textContent = "The console does not answer. Nothing was changed; try again.";
    $("#toasts").replaceChildren(toast);
    event.preventDefault?.();
  });

  // ---- keys: only while nothing is being typed; each presses what can also be clicked
  if (document.documentElement.dataset.keys === "off") return;
  let prefix = "", timer = 0;
  function wait(key) {
    prefix = key;
    clearTimeout(timer);
    timer = setTimeout(() => { prefix = ""; }, 2000);
  }
  const press = (selector, root = document) => {
    const element = $$(selector, root).find(seen);
    if (element) element.click();
    return !!element;
  };
  const scope = () => drawer() || $("#decide")?.closest("main") || document;

  const keys = {
    "/": () => { $("#find").focus(); $("#find").select(); return true; },
    "?": () => press("a[href='/console/keys']"),
    j: () => { step(1); return true; },
    k: () => { step(-1); return true; },
    z: () => press("#toasts [data-key=z]"),
    g: () => { wait("g"); return true; },
    r: () => {
      if (!seen($("[data-reason]", scope()))) return false;
      wait("r");
      $("[data-reason]", scope()).focus();
      say("Hide with which reason? Press its number.");
      return true;
    },
    x: () => {
      const box = place && $(`#${place} input[name=review]`);
      if (box) { box.checked = !box.checked; count(); }
      return !!box;
    },
    o: () => {
      const id = drawer()?.dataset.review || place?.slice(4) || $("[data-full]")?.textContent;
      if (id) location.href = `/console/reviews/${id}`;
      return !!id;
    },
    Escape: () => {
      if (closeDrawer()) return true;
      const editor = $("#edit[open]");
      if (editor) { editor.open = false; $("summary", editor).focus(); return true; }
      const any = boxes().some((box) => box.checked);
      for (const box of boxes()) box.checked = false;
      count();
      return any;
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape" && typing.id === "find") typing.blur();
      return;
    }
    if ($("#modal[open]")) return;
    let done = false;
    if (prefix === "g") done = press(`[data-go="${CSS.escape(event.key)}"]`);
    else if (prefix === "r") done = press(`[data-reason="${CSS.escape(event.key)}"]`, scope());
    prefix = "";
    if (!done && Object.hasOwn(keys, event.key)) done = keys[event.key]();
    else if (!done && /^[a-z]$/.test(event.key)) done = press(`[data-key="${event.key}"]`, scope());
    if (done) event.preventDefault();
  });
})();
