"use strict";

// The page that decides one entity after the other: 1 and 2 choose the verdict, s saves.

(() => {
  const form = document.querySelector("[data-save-next]");
  if (!form) return;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=radio])");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const verdicts = form.querySelectorAll("[name=verdict]");
    if (event.key === "s") form.requestSubmit();
    else if (event.key === "1" && verdicts[0]) verdicts[0].checked = true;
    else if (event.key === "2" && verdicts[1]) verdicts[1].checked = true;
    else return;
    event.preventDefault();
    const reason = form.querySelector("[name=reason]");
    if (event.key !== "s" && reason) reason.focus();
  });
  // In the box for the reason, Ctrl+Enter saves.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
  });
})();
