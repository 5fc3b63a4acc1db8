// What pages do beyond plain HTML. Every part is an addition: without this file the pages still work.
"use strict";

const words = document.getElementById("words")?.dataset ?? {};

// Copy buttons: <button data-copy="id of the input">.
function startCopying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      const said = document.querySelector(`[data-copy-said="${button.dataset.copy}"]`);
      source.select();
      try {
        await navigator.clipboard.writeText(source.value);
        said.textContent = words.copied;
      } catch {
        // Without https or permission the text stays selected, so that the keyboard can copy it.
        said.textContent = words.notCopied;
      }
    });
  }
}

// Confirm dialogs: <a data-confirm="id of the dialog" href="the same question as a page">.
function startConfirming() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-confirm]");
    const dialog = opener && document.getElementById(opener.dataset.confirm);
    if (dialog?.showModal && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      dialog.showModal();
    }
    event.target.closest("[data-close]")?.closest("dialog").close();
  });
}

// A form is sent once, however often its button is pressed.
function startSendingOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  // The back button may bring the page back as it was left.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    }
  });
}

// Drafts: <form data-draft="key"> keeps what is typed in this browser until it was sent.
const DRAFT_DAYS = 7;
const draftKey = (form) => `draft:${document.body.dataset.person ?? ""}:${form.dataset.draft}`;
const draftable = (control) => control.name && !["password", "file", "hidden", "submit"].includes(control.type);

function readControls(form) {
  const kept = {};
  for (const control of [...form.elements].filter(draftable)) {
    const ticks = control.type === "checkbox" || control.type === "radio";
    if (!ticks) kept[control.name] = [control.value];
    else kept[control.name] = [...(kept[control.name] ?? []), ...(control.checked ? [control.value] : [])];
  }
  return kept;
}

function fillControls(form, kept) {
  for (const control of [...form.elements].filter(draftable)) {
    const values = kept[control.name];
    if (!values) continue;
    if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
    else control.value = values[0] ?? "";
  }
}

function offerDraft(form, before) {
  const notice = document.createElement("div");
  notice.className = "notice draft-notice";
  notice.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = words.draftKept;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn-quiet";
  drop.textContent = words.draftDrop;
  drop.addEventListener("click", () => {
    localStorage.removeItem(draftKey(form));
    fillControls(form, before);
    notice.remove();
    form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
  notice.append(text, drop);
  form.before(notice);
}

function startDrafting() {
  const forms = [...document.querySelectorAll("form[data-draft]")];
  const sent = sessionStorage.getItem("draft-sent");
  if (sent && document.getElementById("main")) {
    // The form is gone from the page that answered it: it was taken.
    if (!forms.some((form) => draftKey(form) === sent)) localStorage.removeItem(sent);
    sessionStorage.removeItem("draft-sent");
  }
  for (const form of forms) {
    const key = draftKey(form);
    const before = readControls(form);
    let draft = null;
    try {
      draft = JSON.parse(localStorage.getItem(key));
    } catch {
      localStorage.removeItem(key);
    }
    const fresh = draft && Date.now() - draft.at < DRAFT_DAYS * 86_400_000;
    const corrected = document.querySelector(".error-summary");
    if (fresh && !corrected && JSON.stringify(draft.kept) !== JSON.stringify(before)) {
      fillControls(form, draft.kept);
      offerDraft(form, before);
    }
    let timer = 0;
    const keepNow = () => {
      if (!timer) return;
      clearTimeout(timer);
      timer = 0;
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), kept: readControls(form) }));
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keepNow, 300);
    });
    // Who leaves in the middle of a word finds that word again too.
    addEventListener("pagehide", keepNow);
    document.addEventListener("visibilitychange", keepNow);
    form.addEventListener("submit", () => {
      keepNow();
      sessionStorage.setItem("draft-sent", key);
    });
  }
}

// Reports: <form data-save="address"> is saved on the server as it is typed.
function startSaving() {
  for (const form of document.querySelectorAll("form[data-save]")) {
    const said = form.querySelector("[data-save-said]");
    let timer;
    const save = async () => {
      const typed = new FormData(form);
      // A photo goes with the button that sends it, not with every pause in typing.
      for (const [name, value] of [...typed]) if (value instanceof File) typed.delete(name);
      try {
        const answer = await fetch(form.dataset.save, { method: "POST", body: typed, redirect: "manual" });
        if (answer.status === 409) {
          said.textContent = said.dataset.over;
          return;
        }
        // A redirect is how a browser without script is answered: it is saved.
        if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(String(answer.status));
        said.textContent = said.dataset.saved;
      } catch {
        said.textContent = said.dataset.unsaved;
        timer = setTimeout(save, 10_000);
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(save, 800);
    });
    // What is sent must not be saved again as a draft.
    form.addEventListener("submit", () => clearTimeout(timer));
  }
}

// Live sections: <section data-live="stream" data-poll="fragment">.
const POLL_MS = 5_000;
const RETRY_STREAM_MS = 60_000;
const FAILURES = 3;
const ANNOUNCE_MS = 20_000;

class LiveSection {
  constructor(section) {
    this.section = section;
    this.state = document.querySelector(`[data-live-state="${section.id}"]`);
    this.when = document.querySelector(`[data-live-when="${section.id}"]`);
    this.failures = 0;
    this.shown = null;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.start()));
    addEventListener("pagehide", () => this.stop());
    addEventListener("online", () => this.start());
    addEventListener("offline", () => this.say("offline"));
    this.start();
  }

  start() {
    this.stop();
    if (document.hidden) return;
    this.say("connecting");
    if (!this.section.dataset.live || !window.EventSource) {
      this.startPolling();
      return;
    }
    this.source = new EventSource(this.section.dataset.live);
    this.source.addEventListener("open", () => {
      this.failures = 0;
      this.say("live");
    });
    this.source.addEventListener("html", (event) => {
      this.say("live");
      this.show(event.data);
    });
    this.source.addEventListener("error", () => {
      this.failures += 1;
      // A refused stream is closed for good; a lost one is tried again by the browser itself, a few times.
      if (this.source.readyState === EventSource.CLOSED || this.failures >= FAILURES) this.startPolling();
      else this.say("connecting");
    });
  }

  // A hidden page holds no connection: browsers allow only a few to one host.
  stop() {
    this.source?.close();
    clearTimeout(this.timer);
    clearTimeout(this.retry);
  }

  startPolling() {
    this.stop();
    this.failures = 0;
    this.retry = setTimeout(() => this.start(), RETRY_STREAM_MS);
    this.poll();
  }

  async poll() {
    try {
      const answer = await fetch(this.section.dataset.poll, { headers: { Accept: "text/html" } });
      if ([401, 403, 404].includes(answer.status) || answer.redirected) {
        this.stop();
        this.say("ended");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(await answer.text());
      this.say("polling");
    } catch {
      this.say("offline");
    }
    this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  say(state) {
    if (!this.state || this.state.dataset.state === state) return;
    this.state.dataset.state = state;
    this.state.textContent = words[state];
  }

  // Replaces the content and leaves the reader where they were: focus, scrolling and what was unfolded.
  show(html) {
    this.note();
    if (html === this.shown) return;
    this.shown = html;
    const open = [...this.section.querySelectorAll("details[open][id]")].map((each) => each.id);
    const scrolled = [...this.section.querySelectorAll("[id]")]
      .filter((each) => each.scrollLeft || each.scrollTop)
      .map((each) => [each.id, each.scrollLeft, each.scrollTop]);
    const focused = this.section.contains(document.activeElement) ? focusPath(this.section) : null;
    const parsed = document.createElement("template");
    parsed.innerHTML = html;
    this.section.replaceChildren(parsed.content);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, left, top] of scrolled) document.getElementById(id)?.scrollTo(left, top);
    if (focused) followPath(this.section, focused)?.focus({ preventScroll: true });
  }

  // The time is shown at once but spoken rarely: a screen reader should not read a flood.
  note() {
    if (!this.when) return;
    const { lang, dataset } = document.documentElement;
    const time = new Date().toLocaleTimeString(lang, { timeZone: dataset.zone, hourCycle: "h23" });
    this.when.textContent = `${words.updated} ${time}`;
    const due = Date.now() - (this.announced ?? 0) > ANNOUNCE_MS;
    this.when.setAttribute("aria-live", due ? "polite" : "off");
    if (due) this.announced = Date.now();
  }
}

function focusPath(root) {
  const here = document.activeElement;
  if (here.id) return here.id;
  const path = [];
  for (let each = here; each !== root; each = each.parentElement) path.unshift([...each.parentElement.children].indexOf(each));
  return path;
}

function followPath(root, path) {
  if (typeof path === "string") return document.getElementById(path);
  return path.reduce((each, position) => each?.children[position], root);
}

// Charts: a mark's aria-label shows beside the pointer.
function startLabelling() {
  const label = document.createElement("div");
  label.className = "chart-label";
  label.hidden = true;
  label.setAttribute("aria-hidden", "true");
  document.body.append(label);
  document.addEventListener("pointermove", (event) => {
    const chart = event.target.closest?.("[data-chart]");
    const mark = chart && event.target.closest("[aria-label]");
    if (!mark || !chart.contains(mark) || mark.localName === "svg") {
      label.hidden = true;
      return;
    }
    label.textContent = mark.getAttribute("aria-label");
    label.hidden = false;
    const { width, height } = label.getBoundingClientRect();
    label.style.left = `${Math.min(event.clientX + 14, innerWidth - width - 8)}px`;
    label.style.top = `${event.clientY > height + 24 ? event.clientY - height - 12 : event.clientY + 18}px`;
  });
}

// A form that came back: start at what needs another look. Its links go to the control, not only to its place.
function startFocusing() {
  const summary = document.querySelector("[data-focus]");
  summary?.focus();
  summary?.addEventListener("click", (event) => {
    const target = event.target.closest("a") && document.querySelector(event.target.closest("a").hash);
    if (!target) return;
    event.preventDefault();
    target.focus({ preventScroll: true });
    (target.closest(".field") ?? target).scrollIntoView({ block: "start" });
  });
}

// Suggestions: <div data-suggest="address" data-suggest-from="names of controls"> shows what the address answers to
// what is typed in them. Its pause lets one finish a word.
function startSuggesting() {
  for (const shown of document.querySelectorAll("form [data-suggest]")) {
    const names = shown.dataset.suggestFrom.split(" ");
    const form = shown.closest("form");
    let timer = 0;
    let asked = 0;
    const ask = async () => {
      const typed = new URLSearchParams();
      for (const name of names) typed.set(name, form.elements[name]?.value ?? "");
      const number = ++asked;
      const answer = await fetch(`${shown.dataset.suggest}?${typed}`).catch(() => null);
      // An answer that was overtaken by a later question says nothing any more.
      if (!answer?.ok || answer.redirected || number !== asked) return;
      const html = await answer.text();
      if (number === asked && shown.innerHTML.trim() !== html.trim()) shown.innerHTML = html;
    };
    form.addEventListener("input", (event) => {
      if (!names.includes(event.target.name)) return;
      clearTimeout(timer);
      timer = setTimeout(ask, 400);
    });
  }
}

startCopying();
startSuggesting();
startConfirming();
startSendingOnce();
startDrafting();
startSaving();
startLabelling();
startFocusing();
for (const section of document.querySelectorAll("section[data-live]")) new LiveSection(section);
