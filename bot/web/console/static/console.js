// Everything works without this. It keeps a form from being sent twice, asks before what cannot be undone, and keeps the session
// of somebody who types for long.
"use strict";
const SENT_MS = 10000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  // {to} in a question is what was chosen in the field of that name.
  const ask = form.dataset.ask?.replace(/\{([a-z]+)\}/g, (whole, name) => form.elements[name]?.selectedOptions?.[0]?.text ?? whole);
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
// What was done is said once: not again where this page is loaded anew, or opened from a bookmark.
const here = new URL(location.href);
if (here.searchParams.has("said")) {
  here.searchParams.delete("said");
  history.replaceState(history.state, "", here);
}
// On a phone the navigation is a strip: where one is must be in sight.
document.querySelector(".rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
// A session ends by itself half an hour after its last page (bot.console.sessions). Whoever types is there: the server is told so
// with what they type, and at most once in two minutes; where nobody types nothing is sent. Eight hours after signing in it
// ends all the same, and whoever still types is warned before they send. At a case that is theirs to answer the claim goes on with
// the same word; it may be near its end, so the first letter says so at once.
const AWAKE_MS = 120000;
const claimed = document.querySelector("[data-claimed]")?.dataset.claimed ?? "";
let told = claimed ? 0 : Date.now();
document.addEventListener("input", async () => {
  const token = document.querySelector('input[name="csrf"]')?.value;
  if (!document.body.dataset.awake || !token || Date.now() - told < AWAKE_MS) return;
  told = Date.now();
  try {
    const answer = await fetch(document.body.dataset.awake, {
      method: "POST", redirect: "manual", body: new URLSearchParams({ csrf: token, ...(claimed && { case: claimed }) }),
    });
    // Only the door is a redirection: the session is over.
    if (answer.type !== "opaqueredirect") return;
    const ended = document.getElementById("ended");
    ended.setAttribute("role", "alert");
    ended.hidden = false;
  } catch {
    // No connection for now: the next letter tries again.
    told = 0;
  }
});
