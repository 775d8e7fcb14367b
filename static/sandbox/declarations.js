"use strict";

// Filling in a declaration: other forms of the page send the revision that was saved last, and
// what takes rows away asks first.

(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    const question = (button && button.dataset.ask) || event.target.dataset.ask;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    const revision = document.querySelector("#revision");
    const own = event.target.querySelector("[name=revision]");
    if (event.target.dataset.revision !== undefined && revision && own) own.value = revision.value;
  }, true);

  // Which field was typed in: a refusal then names what others changed, and not this one.
  document.addEventListener("htmx:configRequest", (event) => {
    const from = event.detail.triggeringEvent && event.detail.triggeringEvent.target;
    if (from && from.name) event.detail.headers["X-Field"] = encodeURIComponent(from.name);
  });

  // Enter goes to the field below, as in a table; the field left is saved by its change.
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest(".typed input:not([type=checkbox])");
    if (!field || event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const column = field.name.split(":").pop();
    const fields = all(`.typed [name$=":${column}"]`);
    const next = fields[fields.indexOf(field) + (event.shiftKey ? -1 : 1)];
    if (next) next.focus();
    else field.blur();
  });
})();
