/* Keeps the live parts of a console page fresh.

   <div data-live="TOPIC" hx-get="URL" hx-trigger="live" hx-swap="innerHTML" data-live-every="2"></div>

   The socket says that a topic has changed, and the part asks for its fragment. Without the socket every part asks by itself
   every five seconds. A part in which somebody types or marks text is left alone until they have done. */
(function () {
  "use strict";

  const POLL_MS = 5000;
  const FIRST_RETRY_MS = 1000;
  const LONGEST_RETRY_MS = 30000;
  const SIGNED_OUT = 4401;
  const WORDS = { live: "live", reconnecting: "reconnecting", polling: "polling", "signed-out": "signed out" };

  let socket = null;
  let retryMs = FIRST_RETRY_MS;
  let asked = "";
  let over = false;
  const stale = new Set(); // parts to be refreshed as soon as they may be
  const refreshedAt = new WeakMap();
  const shownText = new WeakMap(); // what was swapped in last: the same again would only flicker

  const parts = () => Array.from(document.querySelectorAll("[data-live]"));
  const topics = () => Array.from(new Set(parts().map((part) => part.dataset.live)));
  const isOpen = () => socket !== null && socket.readyState === WebSocket.OPEN;

  function show(state) {
    for (const mark of document.querySelectorAll("[data-live-state]")) {
      mark.dataset.liveState = state;
      mark.textContent = WORDS[state];
    }
  }

  // -- when a part may be swapped

  function isBusy(part) {
    const active = document.activeElement;
    if (active && active !== document.body && part.contains(active) && active.matches("input, textarea, select, [contenteditable]")) return true;
    const marked = document.getSelection();
    return Boolean(marked && !marked.isCollapsed && part.contains(marked.anchorNode));
  }

  function refresh(part) {
    if (over || !part.isConnected || !window.htmx) return;
    if (document.hidden || isBusy(part)) {
      stale.add(part);
      return;
    }
    const rest = (Number(part.dataset.liveEvery) || 1) * 1000 - (Date.now() - (refreshedAt.get(part) || 0));
    if (rest > 0) {
      if (!stale.has(part)) setTimeout(catchUp, rest + 20);
      stale.add(part);
      return;
    }
    stale.delete(part);
    refreshedAt.set(part, Date.now());
    window.htmx.trigger(part, "live");
  }

  function catchUp() {
    for (const part of Array.from(stale)) {
      stale.delete(part);
      refresh(part);
    }
  }

  function refreshTopic(topic) {
    for (const part of parts()) if (!topic || part.dataset.live === topic) refresh(part);
  }

  // -- the socket

  function watch() {
    const wanted = JSON.stringify({ watch: topics() });
    if (!isOpen() || wanted === asked) return;
    asked = wanted;
    socket.send(wanted);
  }

  function hear(event) {
    const frame = JSON.parse(event.data);
    if (frame.changed) refreshTopic(frame.changed);
    if (frame.watching) {
      show("live");
      // Whatever happened between the drawing of the page and now was not told.
      for (const topic of frame.watching) refreshTopic(topic);
    }
  }

  function connect() {
    if (over || topics().length === 0) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/ws/console/`);
    asked = "";
    socket.addEventListener("open", () => {
      retryMs = FIRST_RETRY_MS;
      watch();
    });
    socket.addEventListener("message", hear);
    socket.addEventListener("close", (event) => {
      socket = null;
      if (event.code === SIGNED_OUT) {
        over = true;
        show("signed-out");
        return;
      }
      show(retryMs > FIRST_RETRY_MS * 2 ? "polling" : "reconnecting");
      setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    });
  }

  // -- swaps: what was unfolded stays so, and a login page is no fragment

  const unfolded = new WeakMap();

  /* A selector for what has the focus, so that the keyboard does not lose its place; null when it cannot be found again. */
  function focusedIn(part) {
    const active = document.activeElement;
    if (!active || !part.contains(active)) return null;
    if (active.id) return `#${CSS.escape(active.id)}`;
    const fold = active.matches("summary") && active.closest("details[id]");
    if (fold) return `#${CSS.escape(fold.id)} > summary`;
    const href = active.getAttribute("href");
    return href ? `a[href="${CSS.escape(href)}"]` : null;
  }

  function beforeSwap(event) {
    const part = event.detail.target;
    if (!(part instanceof Element) || !part.matches("[data-live]")) return;
    if (new URL(event.detail.xhr.responseURL || location.href).pathname.endsWith("/login/")) {
      event.detail.shouldSwap = false;
      over = true;
      show("signed-out");
    } else if (isBusy(part)) {
      event.detail.shouldSwap = false;
      stale.add(part);
    } else if (event.detail.xhr.status === 200 && shownText.get(part) === event.detail.serverResponse) {
      event.detail.shouldSwap = false;
    } else if (event.detail.xhr.status === 200) {
      shownText.set(part, event.detail.serverResponse);
      const folds = Array.from(part.querySelectorAll("details[id]"), (fold) => [fold.id, fold.open]);
      const scrolled = Array.from(part.querySelectorAll("[id]")).filter((one) => one.scrollTop > 0);
      unfolded.set(part, { folds, scrolled: scrolled.map((one) => [one.id, one.scrollTop]), focused: focusedIn(part) });
    }
  }

  function afterSwap(event) {
    const part = event.detail.target;
    const was = part instanceof Element ? unfolded.get(part) : null;
    if (was) {
      unfolded.delete(part);
      for (const [id, open] of was.folds) {
        const fold = document.getElementById(id);
        if (fold instanceof HTMLDetailsElement) fold.open = open;
      }
      for (const [id, top] of was.scrolled) {
        const one = document.getElementById(id);
        if (one) one.scrollTop = top;
      }
      const focused = was.focused && document.querySelector(was.focused);
      if (focused && part.contains(focused)) focused.focus({ preventScroll: true });
    }
    watch();
  }

  function start() {
    document.body.addEventListener("htmx:beforeSwap", beforeSwap);
    document.body.addEventListener("htmx:afterSwap", afterSwap);
    document.addEventListener("focusout", () => setTimeout(catchUp, 0));
    document.addEventListener("selectionchange", () => stale.size && setTimeout(catchUp, 0));
    document.addEventListener("visibilitychange", () => document.hidden || catchUp());
    setInterval(() => isOpen() || document.hidden || refreshTopic(""), POLL_MS);
    if (topics().length) show("reconnecting");
    connect();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
