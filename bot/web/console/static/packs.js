// The sentence editor. Without this it is saved by its button; with it a moment after the last key.
"use strict";
const editor = document.getElementById("editor");
const notice = document.getElementById("saved");
let box = editor.querySelector("textarea");
let timer = 0;
let waiting = false;
let under = false;
let leaving = false;
let sent = false;
let failed = false;
let pause = 900;

for (const area of editor.querySelectorAll("textarea")) {
  area.addEventListener("focus", () => { box = area; });
  area.addEventListener("input", () => {
    box = area;
    const count = area.parentElement.querySelector("[data-count]");
    const length = [...area.value].length;
    count.textContent = String(length);
    count.classList.toggle("problem", length > Number(area.dataset.most));
    if (!("autosave" in editor.dataset)) return;
    waiting = true;
    clearTimeout(timer);
    timer = setTimeout(save, 900);
  });
  area.addEventListener("change", save);
}
for (const chip of document.querySelectorAll("[data-insert]")) {
  // The sentence keeps the focus: leaving it would save, and what is said of that save may move this button away before it is let go.
  chip.addEventListener("mousedown", (event) => event.preventDefault());
  chip.addEventListener("click", () => {
    box.setRangeText(chip.dataset.insert, box.selectionStart, box.selectionEnd, "end");
    box.focus();
    box.dispatchEvent(new Event("input"));
  });
}
// Own: the save before it may have been taken, though no answer came.
// What is sent while the page is being left arrives all the same, up to what a browser allows for it.
function post(own) {
  const body = new URLSearchParams(new FormData(editor));
  if (own) body.set("own", "1");
  const text = body.toString();
  return fetch(editor.action, {
    method: "POST", keepalive: text.length < 60000, body: text,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
  });
}
function hand() {
  sent = true;
  editor.submit();
}
async function save() {
  if (!waiting || under || !("autosave" in editor.dataset)) return;
  clearTimeout(timer);
  waiting = false;
  under = true;
  let again = false;
  notice.textContent = editor.dataset.saving;
  try {
    const answer = await post(failed);
    // Somebody else saved meanwhile: the page shows both.
    if (answer.status === 409) { hand(); return; }
    const json = (answer.headers.get("content-type") || "").startsWith("application/json");
    const said = json ? await answer.json() : {};
    if (answer.ok && json) {
      editor.elements.revision.value = said.revision;
      // From now on it is this person's own: another reads it.
      document.getElementById("approve")?.remove();
      const own = document.getElementById("own");
      if (own) own.hidden = ![...editor.querySelectorAll("textarea")].some((area) => area.value.trim());
    }
    if (json) show(said.problems || []);
    failed = !(answer.ok && json);
    // Signed out meanwhile, or not allowed: nothing is tried until it is typed in again. A busy server is asked later.
    again = failed && (answer.status >= 500 || answer.status === 429);
  } catch {
    failed = again = true;
  } finally {
    under = false;
  }
  notice.textContent = failed ? editor.dataset.failed : editor.dataset.saved;
  if (leaving) { hand(); return; }
  pause = again ? Math.min(pause * 2, 60000) : 900;
  if (again) waiting = true;
  if (waiting) { clearTimeout(timer); timer = setTimeout(save, pause); }
}
function show(problems) {
  const list = document.getElementById("faults");
  list.replaceChildren(...problems.map((text) => {
    const line = document.createElement("li");
    line.className = "problem";
    line.textContent = text;
    return line;
  }));
}
// The button saves by itself; while a save is under way it waits, for its revision is another one by then.
editor.addEventListener("submit", (event) => {
  clearTimeout(timer);
  waiting = false;
  if (under) { event.preventDefault(); leaving = true; } else sent = true;
});
// What could not be saved is not left without a question.
window.addEventListener("beforeunload", (event) => { if (failed && !sent) event.preventDefault(); });
// The last words go with it. While a save is under way they stand on top of that one, whose revision is not known yet.
window.addEventListener("pagehide", () => {
  if (waiting && !sent) post(under).catch(() => {});
});
window.addEventListener("pageshow", () => { sent = leaving = false; });
// What was typed before this was loaded counts too.
for (const area of editor.querySelectorAll("textarea")) {
  if (area.value !== area.defaultValue) area.dispatchEvent(new Event("input"));
}
