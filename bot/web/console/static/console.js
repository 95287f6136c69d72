// Everything works without this. It keeps a form from being sent twice, and asks before what cannot be undone.
"use strict";
document.addEventListener("submit", (event) => {
  const form = event.target;
  const ask = form.dataset.ask;
  if (ask && !window.confirm(ask)) { event.preventDefault(); return; }
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
// A page that comes back from the browser's memory may send its forms again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
// On a phone the navigation is a strip: where one is must be in sight.
document.querySelector(".rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
