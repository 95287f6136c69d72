// The spoken preview: looks every second whether the sentence can be heard. Without this there is a link to look again.
"use strict";
const place = document.querySelector("[data-sound]");

async function look() {
  try {
    const answer = await fetch(`${place.dataset.sound}/state`, { headers: { accept: "application/json" } });
    // Signed out meanwhile, or the server is busy: the link stays.
    if (answer.redirected || !answer.ok) return;
    const now = await answer.json();
    if (now.state === "wanted") { setTimeout(look, 1000); return; }
    if (now.state !== "done") { place.textContent = now.said; return; }
    const sound = document.createElement("audio");
    sound.controls = true;
    sound.preload = "auto";
    sound.src = place.dataset.sound;
    sound.setAttribute("aria-label", place.dataset.label);
    place.replaceChildren(sound);
  } catch {
    // No way to the server: the link stays.
  }
}
if (place) setTimeout(look, 500);
