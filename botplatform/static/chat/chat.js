"use strict";
// The page shows what the server stores: every (re)connect and a light poll ask what changed, live events only make it
// quick. What the server has not accepted yet is kept in the tab and sent again under the same id.
(() => {
  const POLL_BUSY = 2500, POLL_IDLE = 15000, ANSWER_WITHIN = 8000, LONGEST_PAUSE = 10000, STALE = 4000;
  const TOAST_FOR = 6000, PRESS_FOR = 6000;
  const SIGNED_OUT = 4401;
  const $ = (id) => document.getElementById(id);
  const talk = document.body.dataset;
  const limit = Number(talk.limit), kept = `chat:${talk.talk}`;
  const address = new URL(`/ws/chat/?conversation=${encodeURIComponent(talk.conversation)}`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const [log, scroll, input] = [$("log"), $("scroll"), $("text")];
  const shown = new Map();      // id → message on the page
  const outbox = new Map(Object.entries(JSON.parse(sessionStorage.getItem(kept) || "{}")));   // id → text
  const presses = new Map();    // id → the button that was pressed, until its answer is here
  const sentOn = new Map();     // id → the socket it was sent on, and when
  let socket, marker = 0, failures = 0, working = false, typingUntil = 0, synced = false, following = true;
  let pollTimer, answerTimer, againTimer, bannerTimer, toastTimer;

  // -- the connection

  function connect() {
    clearTimeout(againTimer);
    if (socket && socket.readyState <= WebSocket.OPEN) return;
    const fresh = socket = new WebSocket(address);
    fresh.onopen = sync;
    fresh.onmessage = (event) => fresh === socket && receive(JSON.parse(event.data));
    fresh.onclose = (event) => fresh === socket && lost(event.code);
    answerTimer = setTimeout(() => fresh === socket && drop(), ANSWER_WITHIN);
  }

  function drop() {             // a dead connection may take minutes to close by itself
    const dead = socket;
    dead.onclose = dead.onmessage = dead.onopen = null;
    dead.close();
    socket = undefined;
    lost(0);
  }

  function lost(code) {
    [pollTimer, answerTimer, againTimer].forEach(clearTimeout);
    if (code === SIGNED_OUT) {
      setState("away", "Signed out");
      banner("You are signed out. ", "Sign in again", location.href);
      return;
    }
    setState("away", "Connection lost, reconnecting …");
    bannerTimer ||= setTimeout(() => banner("No connection. What you write is kept and sent as soon as it is back."), 2500);
    againTimer = setTimeout(connect, Math.min(LONGEST_PAUSE, 400 * 2 ** failures++) * (0.7 + 0.6 * Math.random()));
  }

  const isOpen = () => socket?.readyState === WebSocket.OPEN;
  const tell = (frame) => socket.send(JSON.stringify(frame));
  const receive = (frame) => RECEIVE[frame.type]?.(frame);

  function sync() {
    clearTimeout(pollTimer);
    if (!isOpen()) return;
    clearTimeout(answerTimer);
    answerTimer = setTimeout(drop, ANSWER_WITHIN);
    tell({ type: "sync", after: marker });
  }

  function syncIn(milliseconds) {
    clearTimeout(pollTimer);
    pollTimer = setTimeout(sync, milliseconds);
  }

  const RECEIVE = {
    sync(frame) {
      clearTimeout(answerTimer);
      if (frame.cut && marker) clear();
      if (frame.cut) $("earlier").hidden = false;
      const open = new Set(frame.lines.filter((line) => !line.final).map((line) => line.id));
      frame.lines.forEach(show);
      for (const message of shown.values()) {
        const gone = !message.final && !message.pending && !open.has(message.id) && Date.now() - message.touched > STALE;
        if (gone) remove(message.id);
      }
      [marker, working, synced, failures] = [frame.marker, frame.working, true, 0];
      if (!working) typingUntil = 0;
      setState("connected", "Connected");
      clearTimeout(bannerTimer);
      bannerTimer = undefined;
      banner("");
      flush();
      settle();
      syncIn(working || outbox.size || presses.size ? POLL_BUSY : POLL_IDLE);
    },
    line(frame) {
      show(frame);
      working = frame.by === "user" || !frame.final;
      if (!working) typingUntil = 0;      // the sync that follows tells whether more is to come
      settle();
      if (frame.final) syncIn(250);
    },
    typing() {
      typingUntil = Date.now() + 6000;
      settle();
      setTimeout(settle, 6100);
    },
    deleted(frame) { remove(frame.id); settle(); },
    accepted(frame) {
      if (presses.has(frame.id)) return taken(frame.id);
      forget(frame.id);
      const message = shown.get(frame.id);
      if (message) Object.assign(message, { pending: false, ignored: frame.outcome === "ignored" });
      if (message) place(message, frame.at);
      if (message) label(message);
      if (frame.outcome === "queued") working = true;
      settle();
      syncIn(1200);
    },
    toast(frame) {
      release(frame.id);
      toast(frame.text, frame.alert);
    },
    refused(frame) {
      if (presses.has(frame.id)) {
        release(frame.id);
        toast(frame.detail);
        return;
      }
      const text = outbox.get(frame.id);
      forget(frame.id);
      remove(frame.id);
      problem(frame.detail);
      if (text !== undefined) write(input.value ? `${text}\n${input.value}` : text);
      settle();
    },
    error(frame) {
      clearTimeout(answerTimer);
      if (frame.again) banner(`${frame.detail} What you write is kept and sent as soon as it is back.`);
      else problem(frame.detail);
      syncIn(POLL_BUSY);
    },
  };

  // -- sending

  function submit() {
    const text = input.value;
    if (!text.trim()) return;
    if (text.length > limit) {
      problem(`This message has ${text.length.toLocaleString("en")} characters; ${limit.toLocaleString("en")} are possible. Please send it in parts.`);
      return;
    }
    problem("");
    write("");
    following = true;
    say(text);
  }

  function say(text) {
    const id = newId();
    outbox.set(id, text);
    keep();
    draw(id, text);
    flush();
    settle();
  }

  function newId() {            // crypto.randomUUID exists on https and localhost only
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function flush() {
    if (!synced || !isOpen()) return;
    for (const [id, text] of outbox) tellOnce({ type: "say", id, text });
    for (const [id, { message, data, taken }] of presses) if (!taken) tellOnce({ type: "press", id, message, data });
  }

  function tellOnce(frame) {
    const before = sentOn.get(frame.id);
    if (before?.socket === socket && Date.now() - before.at < STALE) return;
    tell(frame);
    sentOn.set(frame.id, { socket, at: Date.now() });
  }

  // -- buttons below a message: out of use from the press until its answer, or for so long as one may take

  function press(message, button, data) {
    if (button.ariaDisabled === "true") return;
    presses.set(newId(), { message: message.id, data });
    button.ariaBusy = "true";
    useButtons(message);
    flush();
  }

  function taken(id) {
    presses.get(id).taken = true;
    setTimeout(release, PRESS_FOR, id);
    syncIn(600);
  }

  function release(id) {
    const message = shown.get(presses.get(id)?.message);
    presses.delete(id);
    sentOn.delete(id);
    if (message) useButtons(message);
  }

  function useButtons(message) {
    const isBusy = [...presses.values()].some((one) => one.message === message.id);
    for (const button of message.buttons.querySelectorAll("button")) {
      button.ariaDisabled = String(isBusy);     // not `disabled`: whoever uses the keyboard would lose the place
      if (!isBusy) button.ariaBusy = null;
    }
  }

  function drawButtons(message, rows) {
    const wanted = JSON.stringify(rows);
    if (message.rows === wanted) return;
    const hadFocus = message.buttons.contains(document.activeElement);
    message.rows = wanted;
    message.buttons.hidden = !rows.length;
    message.buttons.replaceChildren(...rows.map((row) => {
      const line = document.createElement("div");
      line.append(...row.map(({ text, data }) => {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
        button.addEventListener("click", () => press(message, button, data));
        return button;
      }));
      return line;
    }));
    useButtons(message);
    if (hadFocus) input.focus();
  }

  const draw = (id, text) => show({ id, by: "user", text, at: Infinity, final: true, pending: true });
  const keep = () => sessionStorage.setItem(kept, JSON.stringify(Object.fromEntries(outbox)));
  function forget(id) { outbox.delete(id); sentOn.delete(id); keep(); }

  // -- what is shown

  function show(line) {
    let message = shown.get(line.id);
    const isLive = line.type === "line";
    if (message && !line.final && (message.final || !isLive)) {     // a late edit, or the stored placeholder of a text that grows
      message.touched = Date.now();
      return;
    }
    if (!message) shown.set(line.id, message = create(line));
    message.final = line.final;
    message.pending = Boolean(line.pending);
    message.touched = Date.now();
    if (!line.pending && line.by === "user" && outbox.has(line.id)) forget(line.id);
    const content = line.by === "user" ? line.text : line.html ?? `${line.title}\n${line.text}`;
    if (message.content !== content) {
      message.content = content;
      if (line.by === "user") message.body.textContent = content;
      else if (line.title) message.body.replaceChildren(folded(line.title, line.text));
      else message.body.innerHTML = content;
    }
    drawButtons(message, line.buttons || []);
    message.element.classList.toggle("folded", Boolean(line.title));
    message.dots.hidden = line.final;
    if (!isLive || message.at === undefined || message.at === Infinity) place(message, line.at);
    label(message);
  }

  function folded(title, text) {
    const [details, summary, plain] = ["details", "summary", "pre"].map((tag) => document.createElement(tag));
    summary.textContent = title;
    plain.textContent = text;
    details.append(summary, plain);
    return details;
  }

  function create(line) {
    const [element, bubble, body, buttons, meta] = ["div", "div", "div", "div", "div"].map((tag) => document.createElement(tag));
    const dots = $("typing").querySelector(".dots").cloneNode(true);
    element.className = `message ${line.by}`;
    [bubble.className, body.className, buttons.className, meta.className] = ["bubble", "text", "buttons", "meta"];
    [buttons.role, buttons.ariaLabel, buttons.hidden] = ["group", "Choices", true];
    bubble.append(body, dots);
    element.append(bubble, buttons, meta);
    return { id: line.id, by: line.by, element, body, buttons, rows: "[]", meta, dots };
  }

  function place(message, at) {
    if (message.at === at && message.element.parentNode) return;
    message.at = at;
    let before = log.lastElementChild;
    while (before && (before === message.element || atOf(before) > at)) before = before.previousElementSibling;
    const next = before ? before.nextElementSibling : log.firstElementChild;
    if (next !== message.element) log.insertBefore(message.element, next);
    message.element.messageAt = at;
  }

  const atOf = (element) => element.messageAt;

  function label(message) {
    message.element.classList.toggle("pending", message.pending);
    message.element.classList.toggle("ignored", Boolean(message.ignored));
    message.meta.textContent = message.pending ? "Sending …" : message.ignored ? "Not answered" : message.final ? time(message.at) : "";
  }

  function time(at) {
    const date = new Date(at * 1000);
    const clock = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return date.toDateString() === new Date().toDateString() ? clock
      : `${date.toLocaleDateString([], { day: "numeric", month: "short" })}, ${clock}`;
  }

  function remove(id) { shown.get(id)?.element.remove(); shown.delete(id); }
  function clear() { for (const message of shown.values()) if (!message.pending) remove(message.id); }

  function settle() {
    const open = [...shown.values()].some((message) => !message.final);
    $("empty").hidden = !synced || shown.size > 0;
    $("typing").hidden = open || !(working || Date.now() < typingUntil) || !shown.size;
    log.setAttribute("aria-busy", String(open));
    if (following) scroll.scrollTop = scroll.scrollHeight;
    $("down").hidden = following;
  }

  function setState(state, words) {
    if ($("state").textContent !== words) $("state").textContent = words;
    $("state").dataset.state = state;
  }

  function banner(words, link, href) {
    const place = $("banner");
    place.hidden = !words;
    if (place.dataset.words === words) return;
    place.dataset.words = place.textContent = words;
    if (link) place.append(Object.assign(document.createElement("a"), { textContent: link, href }));
  }

  function toast(words, stays = false) {
    if (!words) return;
    clearTimeout(toastTimer);
    $("toast").role = stays ? "alert" : "status";
    $("toast").hidden = false;
    $("toast-text").textContent = words;
    if (!stays) toastTimer = setTimeout(closeToast, TOAST_FOR);
  }

  function closeToast() { $("toast").hidden = true; }

  function problem(words) {
    $("problem").textContent = words;
    $("problem").hidden = !words;
  }

  function write(text) {
    input.value = text;
    grow();
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
    $("send").disabled = !input.value.trim();
    if (following) scroll.scrollTop = scroll.scrollHeight;
  }

  // -- the person

  $("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); input.focus(); });
  input.addEventListener("input", grow);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  document.querySelectorAll(".example").forEach((button) => button.addEventListener("click", () => {
    following = true;
    say(button.textContent);
    input.focus();
  }));
  scroll.addEventListener("scroll", () => {
    following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    if (following) $("down").hidden = true;
  });
  $("toast-close").addEventListener("click", () => { closeToast(); input.focus(); });
  addEventListener("keydown", (event) => event.key === "Escape" && closeToast());
  $("down").addEventListener("click", () => { following = true; settle(); });
  addEventListener("online", () => (isOpen() ? sync() : connect()));
  addEventListener("offline", sync);
  addEventListener("pageshow", (event) => event.persisted && (isOpen() ? sync() : connect()));
  document.addEventListener("visibilitychange", () => document.hidden || (isOpen() ? sync() : connect()));
  new ResizeObserver(() => following && (scroll.scrollTop = scroll.scrollHeight)).observe(scroll);

  for (const [id, text] of outbox) draw(id, text);
  grow();
  connect();
})();
