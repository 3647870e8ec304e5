// Keys: only while nothing is being typed; each presses what can also be clicked. The map of them is /console/keys.
"use strict";
(() => {
  const { $, $$, say, seen, press, drawer, choosing, places } = atelier;
  if (document.documentElement.dataset.keys === "off" || !$("#main")) return;

  let prefix = "", timer = 0;
  function wait(key) {
    prefix = key;
    clearTimeout(timer);
    timer = setTimeout(() => { prefix = ""; }, 2000);
    return true;
  }
  const scope = () => drawer() || document;
  // The tab beside the one that is shown; from the last on to the first.
  function tab(by) {
    const tabs = $$(".tabs a").filter(seen);
    const at = tabs.findIndex((link) => link.getAttribute("aria-current"));
    if (tabs.length < 2) return false;
    tabs[(at + by + tabs.length) % tabs.length].click();
    return true;
  }
  function back() {
    if (drawer()) { places.closeDrawer(); return true; }
    const crumbs = $$(".crumb a").filter(seen);
    return press("[data-key=u]") || (crumbs.length > 0 && (crumbs[0].click(), true));
  }

  const keys = {
    "/": () => { $("#find").focus(); $("#find").select(); return true; },
    "?": () => press("a[href='/console/keys']"),
    j: () => places.step(1),
    k: () => places.step(-1),
    u: back,
    z: () => press("#toasts [data-key=z]") || press("[data-key=z]"),
    x: () => choosing.turn(places.box(), false),
    X: () => choosing.turn(places.box(), true),
    "[": () => tab(-1),
    "]": () => tab(1),
    g: () => wait("g"),
    "*": () => wait("*"),
    r: () => {
      const first = $("[data-reason]", scope());
      if (!seen(first)) return false;
      first.focus();
      say("Hide with which reason? Press its number.");
      return wait("r");
    },
    o: () => {
      const id = places.review();
      if (id) location.href = $(`#open-${id}`)?.href || `/console/reviews/${id}`;
      return !!id;
    },
    Escape: () => {
      if (press("[data-close-say]")) return true;
      if (drawer()) { places.closeDrawer(); return true; }
      const panel = $$("details[open]:is(#edit, .how)").find(seen);
      if (panel) { panel.open = false; $("summary", panel).focus(); return true; }
      return choosing.clear();
    },
  };
  // What the second key means after the first.
  const after = {
    g: (key) => press(`[data-go="${CSS.escape(key)}"]`),
    r: (key) => press(`[data-reason="${CSS.escape(key)}"]`, scope()),
    "*": (key) => (key === "a" ? choosing.page() : press(`[data-key="*${CSS.escape(key)}"]`)),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Shift") return;
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape" && typing.id === "find") typing.blur();
      return;
    }
    if ($("#modal[open]")) return;
    let done = prefix !== "" && after[prefix](event.key);
    prefix = "";
    if (!done && Object.hasOwn(keys, event.key)) done = keys[event.key]();
    else if (!done && /^[a-z]$/.test(event.key)) done = press(`[data-key="${event.key}"]`, scope());
    if (done) event.preventDefault();
  });
})();
