// The clinic's desk by keyboard, and two photographs under one slider. Everything works without this.
"use strict";
(() => {
  const rows = [...document.querySelectorAll("tr[data-case]")];
  let at = -1;
  const first = document.getElementById("choose-first");
  const choose = (shown) => {
    if (!first) return;
    first.setAttribute("role", "status");
    first.hidden = !shown;
  };
  const go = (to) => {
    if (!rows.length) return;
    choose(false);
    if (rows[at]) rows[at].classList.remove("at");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].classList.add("at");
    rows[at].querySelector("a").focus();
  };
  for (const [number, row] of rows.entries()) row.addEventListener("focusin", () => { if (at !== number) { if (rows[at]) rows[at].classList.remove("at"); at = number; row.classList.add("at"); } });
  // Who speaks to the computer, or brushes keys, switches single keys off: in this browser, because it is about what they type with.
  const OFF = "ngozi-console-keys-off";
  let off = false;
  const isOff = () => { try { return localStorage.getItem(OFF) !== null; } catch { return off; } };
  const act = document.getElementById("keys-act");
  if (act) {
    act.parentElement.hidden = false;
    act.checked = !isOff();
    act.addEventListener("change", () => {
      off = !act.checked;
      try { if (off) localStorage.setItem(OFF, "1"); else localStorage.removeItem(OFF); } catch { /* for this page only */ }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (isOff()) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (event.key === "j") go(at + 1);
    else if (event.key === "k") go(at - 1);
    else if (event.key === "c") {
      // In a list only the chosen row's: a brushed key takes no case from everybody for half an hour.
      const form = (rows.length ? rows[at] : document)?.querySelector("form[data-claim]");
      if (form) form.requestSubmit();
      else if (rows.length && !rows[at]) choose(true);
    } else return;
    event.preventDefault();
  });

  // Whoever chooses a place or a question means the sentence that it belongs to; without this the server says so.
  for (const select of document.querySelectorAll("select[data-ticks]")) {
    select.addEventListener("change", () => {
      const box = select.form.querySelector(`input[name="say"][value="${select.dataset.ticks}"]`);
      if (select.value && box) box.checked = true;
    });
  }

  // Before a half-written answer is left the browser asks; an opinion is sent with it, and the server puts it back.
  const answer = document.getElementById("answer");
  const beside = (name) => name === "csrf" || name === "floor" || name.startsWith("opinion.");
  const written = () => (answer ? [...new FormData(answer)].filter(([name, value]) => value !== "" && !beside(name)) : []);
  let sending = false;
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented && event.target === answer) sending = true; });
  window.addEventListener("beforeunload", (event) => { if (!sending && written().length) event.preventDefault(); });
  window.addEventListener("pageshow", () => { sending = false; });

  for (const box of document.querySelectorAll("[data-compare]")) {
    const range = box.querySelector("input[type=range]"), both = box.querySelector(".compare");
    const show = () => both.style.setProperty("--at", `${range.value}%`);
    both.classList.add("on");
    box.querySelector(".slide").hidden = false;
    range.addEventListener("input", show);
    show();
  }

  // On paper nothing can be unfolded: what is folded there is printed, but forms and what is older.
  const folded = () => [...document.querySelectorAll("details:not([open]):not(.older)")].filter((one) => !one.querySelector("form"));
  let opened = [];
  window.addEventListener("beforeprint", () => { opened = folded(); for (const one of opened) one.open = true; });
  window.addEventListener("afterprint", () => { for (const one of opened) one.open = false; opened = []; });
})();
