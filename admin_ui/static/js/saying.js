// The reply or note above a decision: the cursor in it when it opens, sent by Ctrl+Enter, closed by Esc.
"use strict";
(() => {
  const { $ } = atelier;
  const field = () => $("[data-say]");
  const close = () => {
    $("#say")?.replaceChildren();
    ($(".p-scroll") || $("#main")).focus({ preventScroll: true });
  };
  let open = field();
  document.addEventListener("htmx:after:swap", () => {
    if (field() && field() !== open) {
      field().focus();
      field().scrollIntoView({ block: "nearest" });
      field().setSelectionRange(field().value.length, field().value.length);
    }
    open = field();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close-say]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== field() || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
    else if (event.key === "Escape") close();
  });
})();
