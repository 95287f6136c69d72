/* The web chat's page. What it sends carries an id made here, so a message that is sent again stays one message. */
"use strict";
(() => {
  const MAX_PHOTOS = 6, MAX_BYTES = 20 << 20, SHRINK_BYTES = 8 << 20, MAX_SIDE = 4096;
  const STALLED_MS = 60000, ASLEEP_MS = 300000, WAIT_S = 25;
  const $ = (id) => document.getElementById(id);
  const log = $("log"), list = $("messages"), box = $("text"), chosenList = $("chosen"), notice = $("notice");
  let texts = JSON.parse($("texts").textContent);

  // ---- texts -------------------------------------------------------------------------------------------------
  const say = (id, values) =>
    Object.keys(values || {}).reduce((text, name) => text.split("{" + name + "}").join(values[name]), texts[id] || "");
  function applyTexts() {
    document.documentElement.lang = texts.language;
    document.documentElement.dir = texts.direction;
    for (const e of document.querySelectorAll("[data-text]")) e.textContent = texts[e.dataset.text];
    for (const e of document.querySelectorAll("[data-label]")) {
      e.setAttribute("aria-label", texts[e.dataset.label]);
      if (e.title) e.title = texts[e.dataset.label];
    }
    for (const e of document.querySelectorAll("[data-title]")) e.title = texts[e.dataset.title];
    for (const e of document.querySelectorAll("[data-hint]")) e.placeholder = texts[e.dataset.hint];
    for (const entry of entries) paint(entry);
    title(); showState(); showChosen(); grow(); voice.retell();
    if (problem) tell(problem.id, problem.values);
  }
  async function speak(language) {
    if (language === texts.language || language === speak.wanted) return;
    speak.wanted = language;
    try {
      const answer = await fetch("/chat/texts?lang=" + encodeURIComponent(language));
      if (answer.ok && speak.wanted === language) { texts = await answer.json(); applyTexts(); }
    } catch (error) { /* the next reply asks again */ }
    speak.wanted = null;
  }

  // ---- small things ------------------------------------------------------------------------------------------
  const pause = (ms) => new Promise((done) => { const t = setTimeout(done, ms); wakers.add(() => { clearTimeout(t); done(); }); });
  const wakers = new Set();
  const wake = () => { for (const waker of wakers) waker(); wakers.clear(); };
  const backoff = (tries) => Math.min(30000, 1000 * 2 ** Math.min(tries, 5)) * (0.75 + Math.random() / 2);
  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const newId = () => hex(crypto.getRandomValues(new Uint8Array(16)));
  function make(tag, className, text) {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  }
  // Each line of a list is a block of its own: what does not fit hangs under its words, not under its bullet.
  function fill(p, text) {
    let plain = "";
    const lines = text.split("\n");
    lines.forEach((line, i) => {
      if (!line.startsWith("\u2022 ")) { plain += line + (i + 1 < lines.length ? "\n" : ""); return; }
      p.append(plain, make("span", "item", line));
      plain = "";
    });
    p.append(plain);
  }
  let problem = null;
  function tell(id, values) { problem = { id, values }; notice.textContent = say(id, values); notice.hidden = false; }
  function quiet(id) { if (problem && (!id || problem.id === id)) { problem = null; notice.hidden = true; } }
  const keep = (name, value) => { try { value ? sessionStorage.setItem(name, value) : sessionStorage.removeItem(name); } catch (error) { /* private mode: nothing is kept */ } };
  const kept = (name) => { try { return sessionStorage.getItem(name); } catch (error) { return null; } };
  let unread = 0;
  function title() { document.title = (unread ? "(" + unread + ") " : "") + texts.title; }

  // ---- what is shown -----------------------------------------------------------------------------------------
  // An entry: {id, n (0 until the server has it), direction, text, language, dir, choices, chose, photos, blobs, voice, spoken, state, part, element}
  const entries = [];
  const byId = (direction, id) => entries.find((e) => e.direction === direction && e.id === id);
  function place(entry) {
    const before = entry.n ? entries.find((e) => e !== entry && (!e.n || e.n > entry.n)) : null;
    const at = entries.indexOf(entry);
    const target = before ? entries.indexOf(before) : entries.length;
    if (at >= 0 && (target === at + 1 || (!before && at === entries.length - 1))) return;
    if (at >= 0) entries.splice(at, 1);
    entries.splice(before ? entries.indexOf(before) : entries.length, 0, entry);
    list.insertBefore(entry.element, before ? before.element : null);
  }
  function add(entry) { entry.element = make("li"); paint(entry); place(entry); $("welcome").hidden = true; return entry; }
  function drop(entry) {
    (entry.blobs || []).concat(entry.voice || []).forEach((blob) => URL.revokeObjectURL(blob.url));
    entry.element.remove();
    entries.splice(entries.indexOf(entry), 1);
    $("welcome").hidden = entries.length > 0;
  }
  function drawn(paths) {
    const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    for (const d of paths) {
      const path = document.createElementNS(ns, "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    svg.setAttribute("aria-hidden", "true");
    return svg;
  }
  // What the person spoke: heard again while this page has it, afterwards a sign and a name.
  function spoken(entry) {
    if (entry.voice) {
      const audio = make("audio", "medium");
      audio.controls = true;
      audio.setAttribute("aria-label", say("voice_message"));
      audio.src = entry.voice.url;
      return audio;
    }
    const line = make("p", "spoken");
    line.append(drawn(["M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3z", "M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"]), make("span", "", say("voice_message")));
    return line;
  }
  function photoIcon(number) {
    const box = make("span"), svg = drawn(["M4 4h16v16H4z", "m4 17 5-4 3 2 4-5 4 5"]);
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", say("photo_number", { number }));
    box.append(svg);
    return box;
  }
  function picture(blob, number) {
    const img = make("img");
    img.alt = say("photo_number", { number });
    img.onerror = () => img.replaceWith(photoIcon(number)); // HEIC where the browser cannot show it
    img.src = blob.url;
    return img;
  }
  // What of ours is seen or heard: fetched with this chat's own cookie; where it is gone, its place is empty.
  function medium(entry) {
    const seen = make(entry.medium === "photo" ? "img" : "audio", "medium");
    if (entry.medium === "photo") seen.alt = say("photo_number", { number: 1 });
    else { seen.controls = true; seen.preload = "none"; seen.setAttribute("aria-label", say("listen")); }
    seen.onerror = () => seen.remove();
    seen.src = "/chat/media/" + encodeURIComponent(entry.id);
    return seen;
  }
  const isListen = (choice) => choice.code.startsWith("listen.");
  function listenButton(entry) {
    const button = make("button", "listen", entry.aloud.label);
    button.type = "button";
    if (entry.language) button.lang = entry.language;
    button.onclick = () => send({ choice: entry.aloud.code, text: entry.aloud.label, dir: entry.dir, language: entry.language });
    return button;
  }
  function paint(entry) {
    const mine = entry.direction === "in", li = entry.element;
    li.className = "message " + entry.direction;
    const bubble = make("div", "bubble");
    bubble.append(make("span", "sr", say(mine ? "said_you" : "said_ngozi") + " "));
    const count = entry.blobs ? entry.blobs.length : entry.photos || 0;
    if (count) {
      const row = make("div", "photos");
      for (let i = 0; i < count; i++) row.append(entry.blobs ? picture(entry.blobs[i], i + 1) : photoIcon(i + 1));
      bubble.append(row);
    }
    if (entry.medium) bubble.append(medium(entry));
    if (entry.voice || entry.spoken) bubble.append(spoken(entry));
    if (entry.text) {
      const p = make("p", "text");
      fill(p, entry.text);
      p.dir = entry.dir || "auto";
      if (entry.language) p.lang = entry.language;
      bubble.append(p);
    }
    li.replaceChildren ? li.replaceChildren(bubble) : ((li.textContent = ""), li.append(bubble));
    entry.stateElement = null;
    if (entry.aloud) li.append(listenButton(entry));
    if (mine) paintState(entry);
    if (entry.choices && entry.choices.length && entry.open) li.append(choiceButtons(entry));
  }
  function paintState(entry) {
    const li = entry.element;
    for (const e of li.querySelectorAll(".state, .repair, progress")) e.remove();
    if (!entry.state) return;
    if (entry.state === "sending" && entry.part) {
      const bar = make("progress");
      bar.max = 100;
      bar.value = entry.part;
      bar.setAttribute("aria-label", say("state_sending"));
      li.querySelector(".bubble").append(bar);
    }
    const text = entry.state === "sending" && entry.part ? say("state_sending_part", { percent: entry.part }) : say("state_" + entry.state);
    const line = make("p", "state " + entry.state, entry.state === "failed" ? text + " " + say(entry.error) : text);
    if (entry.state === "sending") line.setAttribute("aria-live", "off");
    li.append(line);
    if (entry.state === "failed") {
      const row = make("div", "repair");
      const again = make("button", "", say("again")), discard = make("button", "", say("discard"));
      again.type = discard.type = "button";
      again.onclick = () => { setState(entry, "sending"); queue.push(entry); pump(); };
      discard.onclick = () => { drop(entry); box.focus(); };
      row.append(again, discard);
      li.append(row);
    }
  }
  function setState(entry, state) { if (entry.state !== state) { entry.state = state; entry.part = 0; paintState(entry); } }
  function choiceButtons(entry) {
    const group = make("div", "choices" + (entry.choices.length > 3 && entry.choices.every((c) => c.label.length <= 22) ? " many" : ""));
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", say("answers_label"));
    for (const choice of entry.choices) {
      const button = make("button", "", choice.label);
      button.type = "button";
      if (entry.language) button.lang = entry.language;
      button.onclick = () => {
        log.focus({ preventScroll: true }); // the button goes away; Tab leads on to the next answers
        close(entry);
        send({ choice: choice.code, text: choice.label, dir: entry.dir, language: entry.language });
      };
      group.append(button);
    }
    return group;
  }
  function close(entry) {
    entry.open = false;
    const group = entry.element.querySelector(".choices");
    if (!group) return;
    if (group.contains(document.activeElement)) log.focus({ preventScroll: true });
    group.remove();
  }
  // The person went past it in words of their own, was answered, and nothing stands open any more: "go now" asks nothing.
  function passed(entry) {
    const said = entries.find((e) => e.direction === "in" && e.n > entry.n);
    return !asks && !!said && entries.some((e) => e.direction === "out" && e.n > said.n);
  }
  // Only the newest question has buttons, until one of them is pressed or it was passed.
  function openNewest() {
    const asked = entries.filter((e) => e.choices && e.choices.length && e.direction === "out");
    const newest = asked[asked.length - 1];
    for (const entry of asked) {
      const answered = entries.some((e) => e.chose && entry.choices.some((c) => c.code === e.chose) && (!e.n || e.n > entry.n));
      const open = entry === newest && !answered && !passed(entry);
      if (open === !!entry.open) continue;
      if (open) { entry.open = true; entry.element.append(choiceButtons(entry)); } else close(entry);
    }
  }
  let state = "idle", asks = false;
  function showState() {
    const last = entries.filter((e) => e.direction === "in" && e.n).pop();
    for (const e of entries) {
      if (e.direction === "in" && e.n) setState(e, e === last && state !== "idle" ? state : "");
    }
    $("looking").hidden = state === "idle";
    const text = state === "looking" ? say("state_looking") : "";
    if ($("looking-text").textContent !== text) $("looking-text").textContent = text;
  }
  function toEnd() { log.scrollTop = log.scrollHeight; }

  // ---- sending -----------------------------------------------------------------------------------------------
  const queue = [];
  let pumping = false;
  const heavy = (entry) => !!(entry.blobs || entry.voice); // this page alone has it
  function remember() {
    const small = queue.filter((e) => !heavy(e)).map((e) => ({ id: e.id, text: e.text, chose: e.chose, start: e.start }));
    keep("ngozi.queue", small.length ? JSON.stringify(small) : "");
  }
  function send(what) {
    const entry = { id: what.id || newId(), n: 0, direction: "in", text: what.text || "", chose: what.choice || "", start: !!what.start, blobs: what.blobs, voice: what.voice, dir: what.dir, language: what.language, state: "sending" };
    quiet();
    add(entry);
    queue.push(entry);
    remember();
    openNewest();
    toEnd();
    pump();
  }
  function form(entry) {
    const data = new FormData();
    data.append("id", entry.id); // the fields first: the server looks at them before it takes a photograph
    if (entry.start) data.append("start", "1");
    else if (entry.chose) data.append("choice", entry.chose);
    else if (entry.voice) data.append("voice", entry.voice.data, "voice");
    else data.append("text", entry.text);
    (entry.blobs || []).forEach((blob, i) => data.append("photo", blob.data, "photo-" + (i + 1)));
    return data;
  }
  function post(entry) {
    return new Promise((done) => {
      const call = new XMLHttpRequest(); // fetch cannot tell how far an upload is
      let stalled = 0;
      const alive = () => { clearTimeout(stalled); stalled = setTimeout(() => call.abort(), STALLED_MS); };
      const end = (answer) => { clearTimeout(stalled); done(answer); };
      call.open("POST", "/chat/messages");
      call.upload.onprogress = (event) => {
        alive();
        const part = event.lengthComputable ? Math.min(99, Math.floor((100 * event.loaded) / event.total)) : 0;
        if (heavy(entry) && part !== entry.part) { entry.part = part; paintState(entry); }
      };
      call.onerror = call.onabort = () => end({ status: 0, data: {}, retry: 0 });
      call.onload = () => {
        let data = {};
        try { data = JSON.parse(call.responseText); } catch (error) { /* a proxy's own page */ }
        end({ status: call.status, data, retry: Number(call.getResponseHeader("Retry-After")) || 0 });
      };
      alive();
      call.send(form(entry));
    });
  }
  const KNOWN = ["too_many_photos", "photo_too_big", "photo_format", "too_long", "choice_gone", "no_session", "voice_format", "voice_too_big"];
  async function pump() {
    if (pumping) return;
    pumping = true;
    let tries = 0, renewed = false;
    while (queue.length) {
      const entry = queue[0];
      setState(entry, "sending");
      const { status, data, retry } = await post(entry);
      if (status === 200) {
        queue.shift();
        tries = 0;
        online(true);
        entry.n = entry.n || data.n;
        place(entry);
        const answered = entries.some((e) => e.direction === "out" && e.n > entry.n);
        if (state === "idle" && !answered) state = "received";
        setState(entry, "received");
        showState();
      } else if (status === 401 && !renewed) {
        renewed = await session();
        if (!renewed) await pause(backoff(tries++));
        continue;
      } else if (status === 0 || status === 408 || status === 429 || status >= 500) {
        setState(entry, "waiting");
        await pause(Math.max(retry * 1000, backoff(tries++)));
      } else {
        queue.shift();
        entry.error = "error_" + (KNOWN.indexOf(data.error) >= 0 ? data.error : status !== 413 ? "other" : entry.voice ? "voice_too_big" : "photo_too_big");
        setState(entry, "failed");
      }
      remember();
    }
    pumping = false;
  }
  async function session() {
    try {
      const answer = await fetch("/chat/session", { method: "POST", credentials: "same-origin" });
      return answer.ok;
    } catch (error) { return false; }
  }

  // ---- photographs -------------------------------------------------------------------------------------------
  let chosen = [];
  function decoded(url) {
    return new Promise((done) => { const img = new Image(); img.onload = () => done(img); img.onerror = () => done(null); img.src = url; });
  }
  // A photograph goes as it is; only what is too big for a poor line is made smaller.
  async function prepared(file) {
    const url = URL.createObjectURL(file), img = await decoded(url), asItIs = { data: file, url };
    if (!img) return asItIs;
    const side = Math.max(img.naturalWidth, img.naturalHeight);
    if (side <= MAX_SIDE && file.size <= SHRINK_BYTES) return asItIs;
    const scale = Math.min(1, MAX_SIDE / side), canvas = make("canvas");
    canvas.width = Math.round(img.naturalWidth * scale);
    canvas.height = Math.round(img.naturalHeight * scale);
    const pen = canvas.getContext("2d");
    if (!pen) return asItIs;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(img, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    canvas.width = canvas.height = 0;
    if (!blob || blob.size >= file.size) return asItIs;
    URL.revokeObjectURL(url);
    return { data: blob, url: URL.createObjectURL(blob) };
  }
  async function choose(files) {
    quiet();
    for (const file of Array.from(files)) {
      if (chosen.length >= MAX_PHOTOS) { tell("error_too_many_photos", { most: MAX_PHOTOS }); break; }
      if (file.type && !file.type.startsWith("image/")) { tell("error_photo_format"); continue; }
      const photo = await prepared(file);
      if (photo.data.size > MAX_BYTES) { URL.revokeObjectURL(photo.url); tell("error_photo_too_big"); continue; }
      chosen.push(photo);
      showChosen();
    }
    box.focus();
  }
  function showChosen() {
    chosenList.textContent = "";
    chosenList.hidden = !chosen.length;
    chosen.forEach((photo, i) => {
      const li = make("li"), button = make("button"), thumb = picture(photo, i + 1);
      thumb.className = "thumb";
      button.type = "button";
      button.setAttribute("aria-label", say("photo_remove", { number: i + 1 }));
      const cross = make("span", "", "\u00d7");
      cross.setAttribute("aria-hidden", "true");
      button.append(cross);
      button.onclick = () => { URL.revokeObjectURL(photo.url); chosen.splice(i, 1); showChosen(); $("choose").focus(); };
      li.append(thumb, button);
      chosenList.append(li);
    });
    offer();
  }

  // ---- speaking ----------------------------------------------------------------------------------------------
  // A poor line may bring this page and not voice.js: then one writes.
  const voice = window.ngoziVoice
    ? window.ngoziVoice({ say, tell, quiet, send: (said) => send({ voice: said }), changed: () => offer() })
    : { possible: false, busy: () => false, retell() {} };
  // Where there is nothing to send, the microphone stands in the place of 'send'.
  function offer() {
    const speak = voice.possible && !box.value.trim() && !chosen.length, mic = $("mic"), arrow = $("send");
    const held = document.activeElement === mic || document.activeElement === arrow;
    mic.hidden = !speak;
    arrow.hidden = speak;
    if (held) (speak ? mic : arrow).focus();
  }

  // ---- listening ---------------------------------------------------------------------------------------------
  let after = 0, first = 0, loaded = false, failures = 0, hiddenAt = 0, listening = null;
  function online(yes) {
    failures = yes ? 0 : failures + 1;
    if (yes) quiet("offline");
    else if (failures >= 2 && !problem) tell("offline");
  }
  function take(data) {
    if (data.first !== first) {
      // Erased: what is older than the oldest is gone.
      for (const entry of entries.slice()) if (entry.n && (!data.first || entry.n < data.first)) drop(entry);
    }
    const nearEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 160;
    let fresh = null, language = null;
    for (const m of data.messages) {
      const known = byId(m.direction, m.id);
      if (known) { if (!known.n) { known.n = m.n; place(known); } continue; }
      const entry = add({ id: m.id, n: m.n, direction: m.direction, text: m.text, language: m.language, dir: m.dir, choices: (m.choices || []).filter((c) => !isListen(c)), aloud: (m.choices || []).find(isListen), medium: m.medium, chose: m.chose, photos: m.photos, spoken: m.spoken, state: "" });
      if (m.direction === "out") { fresh = fresh || entry; language = m.language; if (document.hidden && loaded) unread++; }
    }
    after = data.after;
    first = data.first;
    state = data.state;
    if (data.messages.length) asks = data.asks;
    openNewest();
    showState();
    title();
    if (language) speak(language);
    if (!loaded) toEnd();
    else if (fresh && nearEnd) log.scrollTop = Math.min(log.scrollHeight - log.clientHeight, fresh.element.offsetTop - 12);
    else if (nearEnd) toEnd();
  }
  async function listen() {
    let renewed = 0;
    for (;;) {
      while (document.hidden && Date.now() - hiddenAt > ASLEEP_MS) await pause(ASLEEP_MS);
      const control = (listening = new AbortController());
      const timer = setTimeout(() => control.abort(), (WAIT_S + 15) * 1000);
      try {
        const asked = Date.now();
        const answer = await fetch("/chat/events?after=" + after + "&first=" + first + "&state=" + state + "&wait=" + (loaded ? WAIT_S : 0),
          { credentials: "same-origin", cache: "no-store", signal: control.signal });
        if (answer.status === 401) {
          if (renewed++ > 1) { tell("error_no_session"); await pause(30000); }
          if (!(await session())) throw new Error("session");
          continue;
        }
        if (!answer.ok) throw new Error("events " + answer.status);
        const data = await answer.json();
        renewed = 0;
        online(true);
        const was = state;
        take(data);
        // Let go early (too many pages wait, or the server stops): do not hammer it.
        if (loaded && !data.messages.length && state === was && Date.now() - asked < 1000) await pause(3000);
        if (!loaded && !data.messages.length) {
          loaded = true;
          list.setAttribute("aria-live", "polite"); // from now on new messages are read out, the old ones were not
        }
      } catch (error) {
        if (listening === control) { online(false); await pause(backoff(failures)); }
      } finally { clearTimeout(timer); }
    }
  }

  // ---- the person --------------------------------------------------------------------------------------------
  function grow() {
    box.dir = box.value ? "auto" : texts.direction; // empty, the hint stands on the page's own side
    box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight + 2, 160) + "px";
    offer();
  }
  function submit() {
    const text = box.value.trim();
    if (!text && !chosen.length) { box.focus(); return; }
    const blobs = chosen.length ? chosen : undefined;
    chosen = [];
    box.value = "";
    keep("ngozi.draft", "");
    grow();
    showChosen();
    send({ text, blobs });
  }
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  box.addEventListener("keydown", (event) => {
    const desk = matchMedia("(hover: hover) and (pointer: fine)").matches;
    if (event.key === "Enter" && !event.isComposing && !event.shiftKey && (desk || event.ctrlKey)) { event.preventDefault(); submit(); }
  });
  box.addEventListener("input", () => { grow(); keep("ngozi.draft", box.value); });
  box.addEventListener("paste", (event) => {
    const files = event.clipboardData ? event.clipboardData.files : [];
    if (files.length) { event.preventDefault(); choose(files); }
  });
  for (const id of ["take", "choose"]) $(id).addEventListener("change", (event) => { choose(event.target.files).then(() => { event.target.value = ""; }); });
  $("start").addEventListener("click", () => send({ start: true, text: texts.start }));
  $("leave").addEventListener("click", async () => {
    if (!confirm(texts.leave_ask)) return;
    try {
      const answer = await fetch("/chat/leave", { method: "POST", credentials: "same-origin" });
      if (!answer.ok) throw new Error("leave " + answer.status);
      queue.length = 0;
      keep("ngozi.queue", ""); keep("ngozi.draft", "");
      location.reload();
    } catch (error) { tell("offline"); }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { hiddenAt = Date.now(); return; }
    unread = 0;
    title();
    again();
  });
  // After sleep or a lost line the waiting call may hang on a dead connection: ask anew, send what waits.
  function again() { const old = listening; listening = null; if (old) old.abort(); wake(); }
  window.addEventListener("online", again);
  window.addEventListener("beforeunload", (event) => { if (queue.some(heavy) || chosen.length || voice.busy()) event.preventDefault(); });

  box.value = kept("ngozi.draft") || "";
  grow();
  listen();
  try {
    for (const e of JSON.parse(kept("ngozi.queue") || "[]")) send({ id: e.id, text: e.text, choice: e.chose, start: e.start });
  } catch (error) { keep("ngozi.queue", ""); }
})();
