"use strict";

// Behaviour of every page, found by data- attributes. Pages work without it; it only hastens.

(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Rows: j and k move, x selects, o opens.
  const rows = () => all("[data-rows] [data-row]");
  const current = () => find("[data-row].is-current");

  function move(step) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(current());
    const next = list[Math.min(Math.max(at + step, 0), list.length - 1)];
    list.forEach((row) => row.classList.toggle("is-current", row === next));
    next.scrollIntoView({ block: "nearest" });
  }

  function select() {
    const box = current() && find("input[type=checkbox]", current());
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function open() {
    const link = current() && find("a[data-open]", current());
    if (link) link.click();
  }

  function focusSearch() {
    const field = find("[data-search]");
    if (!field) return;
    field.focus();
    field.select();
  }

  function help() {
    const dialog = find("#keys");
    if (!dialog) return;
    all("[data-keys-for]", dialog).forEach((line) => {
      line.hidden = !find(line.dataset.keysFor);
    });
    dialog.showModal();
  }

  const KEYS = {
    "/": focusSearch,
    j: () => move(1),
    k: () => move(-1),
    x: select,
    o: open,
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing && event.key === "Escape") typing.blur();
    if (event.key === "Escape") all(FOLDS).forEach((fold) => { fold.open = false; });
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (find("dialog[open]")) return;
    if (typing && !(typing.type === "checkbox" && event.key !== " ")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // Clicks: copying, closing, opening, printing.
  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Plain HTTP has no clipboard; a marked field serves older browsers as well.
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    const before = button.textContent;
    button.textContent = "已复制";
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  // What unfolds over the page folds again when one looks elsewhere.
  const FOLDS = "details.note[open], details.pick[open], details.menu[open]";

  document.addEventListener("click", (event) => {
    all(FOLDS).forEach((fold) => {
      if (!fold.contains(event.target)) fold.open = false;
    });
    const target = event.target.closest("[data-copy], [data-close], [data-dialog], [data-print]");
    if (!target) return;
    if (target.dataset.copy !== undefined) copy(target);
    if (target.dataset.close !== undefined) {
      const dialog = target.closest("dialog");
      if (dialog) dialog.close();
      else target.closest(target.dataset.close).remove();
    }
    if (target.dataset.dialog !== undefined) {
      if (target.dataset.dialog === "keys") help();
      else find(`#${target.dataset.dialog}`).showModal();
    }
    if (target.dataset.print !== undefined) {
      all("details[data-print-open]").forEach((box) => { box.open = true; });
      window.print();
    }
  });

  // Printing, by whatever key or menu, is recorded; the page does not wait for it.
  window.addEventListener("beforeprint", () => {
    const { prints } = document.body.dataset;
    const headers = document.body.getAttribute("hx-headers");
    if (!prints || !headers) return;
    const said = { path: location.pathname + location.search, title: document.title };
    fetch(prints, {
      method: "POST",
      keepalive: true,
      headers: JSON.parse(headers),
      body: new URLSearchParams(said),
    }).catch(() => {});
  });

  // Choosing rows: the head's box stands for the page, and the buttons say how many.
  function count() {
    all("[data-chosen]").forEach((place) => {
      place.textContent = all("[data-row] input[type=checkbox]:checked").length;
    });
  }

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-choose-all]")) {
      all("[data-row] input[type=checkbox]").forEach((box) => { box.checked = target.checked; });
    }
    if (target.matches("[data-choose-all], [data-row] input[type=checkbox]")) count();
    if (target.matches("[data-submit]")) target.form.requestSubmit();
  });

  // Forms: a field left empty makes no parameter, so that addresses stay short.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get" || form.dataset.short === undefined) return;
    const empty = [...form.elements].filter((field) => field.name && field.value === "");
    empty.forEach((field) => { field.disabled = true; });
    setTimeout(() => empty.forEach((field) => { field.disabled = false; }), 0);
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.dataset.short === undefined) return;
    const data = event.detail.formData;
    const empty = [...data.keys()].filter((name) => data.getAll(name).every((value) => value === ""));
    empty.forEach((name) => data.delete(name));
  });

  document.addEventListener("htmx:afterSettle", count);
  document.addEventListener("htmx:responseError", (event) => {
    const place = find(".toasts");
    if (!place) return;
    const line = document.createElement("div");
    line.className = "toast-line error";
    const sentences = {
      403: "登录已失效或没有权限，请刷新页面后重试。",
      414: "粘贴的内容过长，请分批查询。",
    };
    line.textContent = sentences[event.detail.xhr.status]
      || `请求未完成（${event.detail.xhr.status}），请刷新页面后重试。`;
    place.append(line);
  });
  setTimeout(() => all(".toast-line.success, .toast-line.info").forEach((line) => {
    if (!find("a, form", line)) line.remove();
  }), 8000);
})();
