// What every page shares: finding elements, saying something, forms, messages. The other scripts build on it.
// Every link and form works without any of them. Nothing here knows a rule: it presses the buttons that are there.
"use strict";
const atelier = (() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (text) => { $("#status").textContent = text; };
  const seen = (element) => !!element && element.getClientRects().length > 0;
  // Presses the first element that can be seen; whether there was one.
  const press = (selector, root = document) => {
    const element = $$(selector, root).find(seen);
    if (element) element.click();
    return !!element;
  };
  const drawer = () => $("#drawer[open]");

  // ---- sign-in: the browser knows its time zone, the server keeps it when there is none yet
  for (const field of $$("[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  // ---- fields left empty do not stand in the address
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  // ---- messages, and the editor of the filters
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) {
      event.preventDefault();
      $("#toasts").replaceChildren();
      return;
    }
    const editor = event.target.closest(".chip > a[href*='edit=']");
    if (editor && $("#edit") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      $("#edit").open = true;
      $("#edit input")?.focus();
    }
  });
  document.addEventListener("htmx:error", (event) => {
    // What a page asks by itself, unseen, is asked again soon.
    if (event.target.closest?.("[data-while-seen]")) return;
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.setAttribute("role", "alert");
    toast.textContent = "The console does not answer. Nothing was changed; try again.";
    $("#toasts").replaceChildren(toast);
    event.preventDefault?.();
  });
  // An answer that says that nobody answers does not take the place of what is followed: it is asked for again soon.
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    const follows = ctx.sourceElement.matches("[hx-trigger*='every '], [data-live]");
    if (follows && ctx.response.status >= 500) ctx.swap = "none";
  });
  // ---- what asks by itself does so only while somebody can see it
  // and, where a stream tells the same, only while that is silent: something on the way may hold it back
  let told = 0;
  document.addEventListener("htmx:sse:after:message", () => { told = Date.now(); });
  document.addEventListener("htmx:before:request", (event) => {
    const shown = event.target.dataset?.whileSeen;
    const heard = "unlessTold" in (event.target.dataset || {}) && Date.now() - told < 10_000;
    if (heard || (shown && (document.hidden || !seen($(shown))))) event.preventDefault();
  });

  // ---- what somebody opened stays open while the page follows by itself: of a morph only extensions are told
  htmx.registerExtension("stay-open", {
    htmx_before_morph_node: (element, { newNode }) => {
      if (element.localName === "details") newNode.toggleAttribute("open", element.open);
    },
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

  // ---- the state of a job or a run that the page follows
  let state = $("[data-state]")?.dataset.state;
  document.addEventListener("htmx:after:swap", () => {
    const now = $("[data-state]")?.dataset.state;
    if (now && now !== state) say(now);
    state = now;
  });

  return { $, $$, say, seen, press, drawer };
})();
