// Everything works without this. It keeps a form from being sent twice, and asks before what cannot be undone.
"use strict";
const SENT_MS = 10000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  const ask = form.dataset.ask;
  if (ask && !window.confirm(ask)) { event.preventDefault(); return; }
  if (ask && !form.elements.yes) {
    // Without this the server asks, on a page of its own.
    const yes = document.createElement("input");
    yes.type = "hidden"; yes.name = "yes"; yes.value = "1";
    form.append(yes);
  }
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    const sending = document.getElementById("sending");
    sending.setAttribute("role", "status");
    sending.hidden = false;
    return;
  }
  form.dataset.sent = "1";
  // Who stopped the browser on a slow line may send it again; what came twice all the same is refused by the server.
  setTimeout(() => {
    delete form.dataset.sent;
    document.getElementById("sending").hidden = true;
  }, SENT_MS);
});
// A page that comes back from the browser's memory may send its forms again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  document.getElementById("sending").hidden = true;
});
// On a phone the navigation is a strip: where one is must be in sight.
document.querySelector(".rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
