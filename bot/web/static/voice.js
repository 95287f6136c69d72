/* A voice message: press once to begin, once more to send it, or throw it away. Nothing leaves the phone before it is sent. */
"use strict";
// page: what of the chat it uses: say, tell, quiet, send, changed (called when the microphone is taken or let go).
window.ngoziVoice = (page) => {
  // 1 MiB is taken, as on every channel; a browser may pay no heed to the bits a second that it is asked for.
  const MOST_S = 300, MOST_BYTES = (1 << 20) - (48 << 10), LEAST_S = 1, BITS = 24000;
  const KINDS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4"];
  const $ = (id) => document.getElementById(id);
  const mic = $("mic"), clock = $("voice-clock"), told = $("voice-told");
  const kind = window.MediaRecorder && navigator.mediaDevices && navigator.mediaDevices.getUserMedia
    ? KINDS.find((k) => MediaRecorder.isTypeSupported(k)) : undefined;
  let recorder = null, chunks = [], bytes = 0, begun = 0, lasted = 0, timer = 0, over = false, wanted = "", saying = "";

  const time = (s) => Math.floor(s / 60) + ":" + String(Math.floor(s) % 60).padStart(2, "0");
  const runs = () => !!recorder && recorder.state === "recording";
  const seconds = () => (runs() ? (performance.now() - begun) / 1000 : lasted);
  function tick() {
    if (runs() && seconds() >= MOST_S) stop("full");
    clock.textContent = time(Math.min(seconds(), MOST_S)) + " / " + time(MOST_S);
  }
  function retell() { const text = saying && page.say(saying); if (told.textContent !== text) told.textContent = text; }
  function tellState(id) { saying = id; retell(); $("recorder").classList.toggle("live", id === "voice_recording"); }

  async function start() {
    if (recorder || mic.disabled) return;
    page.quiet();
    mic.disabled = true; // the browser asks the person; a second press must not ask again
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      const made = new MediaRecorder(stream, { mimeType: kind, audioBitsPerSecond: BITS });
      made.ondataavailable = (event) => {
        if (made !== recorder || !event.data.size) return;
        chunks.push(event.data);
        bytes += event.data.size;
        if (runs() && bytes >= MOST_BYTES) stop("full");
      };
      made.onstop = () => {
        letGo(stream);
        if (made !== recorder) return;
        lasted = lasted || (performance.now() - begun) / 1000;
        over = true;
        ended();
      };
      chunks = []; bytes = 0; lasted = 0; over = false; wanted = "";
      recorder = made;
      made.start(1000);
      begun = performance.now();
    } catch (error) {
      recorder = null;
      if (stream) letGo(stream);
      mic.disabled = false;
      page.tell("error_microphone");
      return;
    }
    mic.disabled = false;
    timer = setInterval(tick, 250);
    show(true);
    tellState("voice_recording");
    $("voice-send").focus();
  }
  const letGo = (stream) => stream.getTracks().forEach((track) => track.stop());
  // why: 'send', 'discard' or 'full' (as long as it can be); the recorder stops by itself where the microphone goes away.
  function stop(why) {
    if (!recorder) return;
    wanted = why;
    if (over) ended();
    else if (runs()) { lasted = seconds(); recorder.stop(); } // its last piece comes, then 'stop'
  }
  function ended() {
    clearInterval(timer);
    if (wanted === "discard") { done(); return; }
    if (!bytes) { done(); page.tell("error_microphone"); return; }
    if (wanted === "send") {
      const data = new Blob(chunks, { type: kind.split(";")[0] });
      done();
      page.send({ data, url: URL.createObjectURL(data) });
      return;
    }
    // The person decides what becomes of what there is.
    tick();
    tellState(wanted === "full" ? "voice_full" : "voice_message");
  }
  function done() {
    recorder = null;
    chunks = [];
    tellState("");
    show(false);
    mic.focus();
  }
  function show(yes) {
    $("recorder").hidden = !yes;
    $("writer").hidden = yes;
    if (yes) tick();
    page.changed();
  }
  mic.addEventListener("click", start);
  // Two presses in haste are one: a message of no length helps nobody.
  $("voice-send").addEventListener("click", () => { if (seconds() >= LEAST_S) stop("send"); });
  $("voice-discard").addEventListener("click", () => stop("discard"));
  $("recorder").addEventListener("keydown", (event) => { if (event.key === "Escape") stop("discard"); });
  return { possible: !!kind, busy: () => !!recorder, retell };
};
