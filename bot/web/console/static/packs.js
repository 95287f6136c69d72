// The sentence editor. Without this it is saved by its button; with it a moment after the last key.
"use strict";
const editor = document.getElementById("editor");
const notice = document.getElementById("saved");
let box = editor.querySelector("textarea");
let timer = 0;
let waiting = false;
let under = false;
let leaving = false;

for (const area of editor.querySelectorAll("textarea")) {
  area.addEventListener("focus", () => { box = area; });
  area.addEventListener("input", () => {
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
  chip.addEventListener("click", () => {
    box.setRangeText(chip.dataset.insert, box.selectionStart, box.selectionEnd, "end");
    box.focus();
    box.dispatchEvent(new Event("input"));
  });
}
async function save() {
  if (!waiting || under || !("autosave" in editor.dataset)) return;
  clearTimeout(timer);
  waiting = false;
  under = true;
  notice.textContent = editor.dataset.saving;
  try {
    const answer = await fetch(editor.action, {
      method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams(new FormData(editor)),
    });
    // Somebody else saved meanwhile: the page shows both.
    if (answer.status === 409) { editor.submit(); return; }
    // Signed out meanwhile: what was typed stands, and nothing is tried until it is typed in again or the button is pressed.
    if (answer.redirected) { notice.textContent = editor.dataset.failed; return; }
    const said = await answer.json();
    if (answer.ok) editor.elements.revision.value = said.revision;
    show(said.problems || []);
    notice.textContent = answer.ok ? editor.dataset.saved : editor.dataset.failed;
  } catch {
    waiting = true;
    notice.textContent = editor.dataset.failed;
  } finally {
    under = false;
  }
  if (leaving) { editor.submit(); return; }
  if (waiting) { clearTimeout(timer); timer = setTimeout(save, 900); }
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
  if (under) { event.preventDefault(); leaving = true; }
});
window.addEventListener("pagehide", () => {
  if (waiting) fetch(editor.action, { method: "POST", keepalive: true, headers: { accept: "application/json" }, body: new URLSearchParams(new FormData(editor)) });
});
