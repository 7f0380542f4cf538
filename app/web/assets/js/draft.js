// The draft goes to the server within 3 s of typing. While there is no connection it waits in this browser and is sent later.
// Answers of the server: 200 {version, saved: "14:32"}; 409 {message, url}; anything else is tried again.

const IDLE = 1200, LIMIT = 2800, RETRY = [4000, 8000, 16000, 30000], KEEP = 7 * 24 * 3600 * 1000, PREFIX = "opora:draft:";

function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch { /* the browser keeps nothing: the server's copy is the one that counts */ }
}

function stored(key) {
  try { return JSON.parse(localStorage.getItem(PREFIX + key)); } catch { return null; }
}

function forgetOld() {
  try {
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX)))
      if (!(JSON.parse(localStorage.getItem(key))?.time > Date.now() - KEEP)) localStorage.removeItem(key);
  } catch { /* nothing to tidy */ }
}

function values(form) {
  const secret = new Set([...form.querySelectorAll("input[type=password]")].map((field) => field.name));
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !secret.has(name) && name !== "do");
}

function restore(form, pairs) {
  const given = new Map();
  for (const [name, value] of pairs) given.set(name, [...(given.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.type === "file" || field.tagName === "BUTTON") continue;
    const own = given.get(field.name);
    if (field.type === "checkbox" || field.type === "radio") field.checked = Boolean(own?.includes(field.value));
    else if (own?.length) field.value = own.shift();
  }
}

class Draft {
  constructor(form) {
    this.form = form;
    this.key = form.dataset.draftKey;
    this.state = form.querySelector("[data-draft-state]");
    this.words = this.state?.querySelector("[data-words]");
    this.version = form.elements.draft_version;
    this.first = 0;
    this.timer = 0;
    this.tries = 0;
    this.stopped = false;
  }

  show(state, words, link) {
    if (!this.state) return;
    this.state.dataset.state = state;
    const icon = this.state.querySelector("use");
    icon?.setAttribute("href", icon.getAttribute("href").replace(/#.*/, state === "saved" ? "#i-ok" : "#i-clock"));
    this.words.textContent = words;
    if (!link) return;
    const anchor = document.createElement("a");
    anchor.href = link.url;
    anchor.textContent = link.text;
    this.words.append(" ", anchor);
  }

  typed() {
    if (this.stopped) return;
    const now = Date.now();
    this.first ||= now;
    this.later(Math.max(0, Math.min(IDLE, this.first + LIMIT - now)));
  }

  later(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }

  async save(keepalive = false) {
    clearTimeout(this.timer);
    if (this.stopped || !this.first || this.busy) return;
    this.busy = true;
    const pairs = values(this.form), started = Date.now();
    this.show("saving", "Сохраняем…");
    try {
      const response = await fetch(this.form.dataset.draft, {
        method: "POST", body: new URLSearchParams(pairs), redirect: "manual", credentials: "same-origin", keepalive,
        headers: { Accept: "application/json" },
      });
      await this.answered(response, pairs, started);
    } catch {
      this.offline(pairs, "Нет связи, сохраним, когда появится");
    }
    this.busy = false;
  }

  async answered(response, pairs, started) {
    if (response.ok) {
      const answer = await response.json();
      if (this.version) this.version.value = answer.version;
      store(this.key, null);
      this.tries = 0;
      this.show("saved", `Черновик сохранён ${answer.saved}`);
      if (this.changed > started) { this.first = Date.now(); this.later(IDLE); } else this.first = 0;
    } else if (response.status === 409) {
      const answer = await response.json().catch(() => ({}));
      this.keep(pairs);
      this.stopped = true;
      this.show("conflict", answer.message ?? "Коллега изменил черновик, пока вы писали.",
        { url: answer.url ?? location.href, text: "Сравнить" });
    } else if (response.type === "opaqueredirect" || response.status === 401) {
      this.offline(pairs, "Вы вышли из системы. Войдите в другой вкладке, и мы сохраним.");
    } else this.offline(pairs, "Не получилось сохранить, попробуем ещё раз");
  }

  keep(pairs) {
    const hidden = new Set(["csrf_token", "version", "draft_version"]);
    store(this.key, { time: Date.now(), base: this.version?.value ?? "", pairs: pairs.filter(([name]) => !hidden.has(name)) });
  }

  offline(pairs, words) {
    this.keep(pairs);
    this.show("offline", words);
    this.later(RETRY[Math.min(this.tries++, RETRY.length - 1)]);
  }

  comeBack() {
    const left = stored(this.key);
    if (!left) return;
    if (left.base !== (this.version?.value ?? "")) { store(this.key, null); return; }
    restore(this.form, left.pairs);
    this.first = this.changed = Date.now();
    this.save();
  }
}

export function watchDraft(form) {
  forgetOld();
  const draft = new Draft(form);
  const typed = (event) => {
    if (event.target.type === "file" || event.target.type === "password") return;
    draft.changed = Date.now();
    draft.typed();
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", () => { draft.stopped = true; clearTimeout(draft.timer); });
  addEventListener("online", () => draft.save());
  addEventListener("pageshow", (event) => { if (event.persisted) draft.stopped = false; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") draft.save(true); });
  draft.comeBack();
}
