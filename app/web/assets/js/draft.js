// The draft goes to the server within 3 s of typing. What is not there yet waits in this browser (offline.js).
// Answers of the server: 200 {version, saved: "14:32"}; 409 {message, url}; anything else is tried again.
import { body, device, keep, kept, owner } from "./offline.js";

const HIDDEN = new Set(["csrf_token", "version", "draft_version", "compared", "device", "task_case", "task_form"]);
const IDLE = 1200, LIMIT = 2800, LAY = 250, PATIENCE = 10000, RETRY = [4000, 8000, 16000, 30000];

function values(form) {
  const secret = new Set([...form.querySelectorAll("input[type=password]")].map((field) => field.name));
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !secret.has(name) && name !== "do");
}

function written(pairs) {
  return pairs.filter(([name]) => !HIDDEN.has(name));
}

// What is written, as the page shows it: by the words of the labels, for who will read it without the form.
function told(form) {
  const found = [];
  for (const field of form.elements) {
    if (!field.name || ["hidden", "file", "password", "submit"].includes(field.type) || field.tagName === "BUTTON") continue;
    const mark = ["radio", "checkbox"].includes(field.type);
    if (mark ? !field.checked : !field.value.trim()) continue;
    const own = field.labels?.[0]?.textContent.trim() ?? "";
    const label = field.getAttribute("aria-label") ?? (mark ? field.closest("fieldset")?.querySelector("legend")?.textContent.trim() : own);
    found.push([label || own, mark ? own : field.selectedOptions ? field.selectedOptions[0].text : field.value]);
  }
  return found;
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

// Rows that this page does not show: only the server can lay them out.
function lacks(form, pairs) {
  const shown = new Set([...form.elements].map((field) => field.name));
  return pairs.some(([name, value]) => value && /-\d+-/.test(name) && !shown.has(name));
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
    this.sending = null;
    this.device = device();
    if (this.version && this.device) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "device", value: this.device });
      form.append(field);
    }
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
    // a field that is left tells once more of what is saved already: nothing must wait here for that
    if (!this.first && JSON.stringify(written(values(this.form))) === this.saved) return;
    const now = Date.now();
    clearTimeout(this.laying);
    this.laying = setTimeout(() => this.lay(values(this.form)), LAY);
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
    clearTimeout(this.laying);
    this.lay(values(this.form));
    this.busy = true;
    const pairs = values(this.form), started = Date.now();
    this.show("saving", "Сохраняем…");
    try {
      const response = await fetch(this.form.dataset.draft, {
        method: "POST", body: new URLSearchParams(pairs), redirect: "manual", credentials: "same-origin", keepalive,
        headers: { Accept: "application/json" }, signal: keepalive ? undefined : AbortSignal.timeout(PATIENCE),
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
      this.tries = 0;
      this.saved = JSON.stringify(written(pairs));
      this.show("saved", `Черновик сохранён ${answer.saved}`);
      if (this.changed > started && JSON.stringify(written(values(this.form))) !== this.saved) { this.first = Date.now(); this.lay(values(this.form)); this.later(IDLE); }
      else { keep(this.key, null); this.first = 0; }
      if (this.sending) this.send(this.sending);
    } else if (response.status === 409) {
      const answer = await response.json().catch(() => ({}));
      this.lay(pairs);
      this.stopped = true;
      this.sending = null;
      this.show("conflict", answer.message ?? "Коллега изменил черновик, пока вы писали.",
        answer.page ? { url: answer.page, text: "Открыть дело" } : { url: answer.url ?? location.href, text: "Сравнить" });
    } else if (response.type === "opaqueredirect" || response.status === 401) {
      this.offline(pairs, "Вы вышли из системы. Войдите в другой вкладке, и мы сохраним.");
    } else this.offline(pairs, "Не получилось сохранить, попробуем ещё раз");
  }

  lay(pairs, more = {}) {
    keep(this.key, {
      time: Date.now(), base: this.version?.value ?? "", owner: owner(), device: this.device, url: this.form.dataset.draft,
      page: this.form.getAttribute("action"), title: document.querySelector("h1")?.textContent.trim() ?? "Задача",
      pairs: written(pairs), told: told(this.form), ...more,
    });
  }

  offline(pairs, words) {
    this.lay(pairs);
    this.show("offline", this.sending ? "Нет связи. Всё хранится на этом устройстве и отправится, когда она появится" : words);
    this.later(RETRY[Math.min(this.tries++, RETRY.length - 1)]);
  }

  // «Отправить» without a line: the words are safe, the form goes by itself when the line is back. A form that has to be
  // signed, or brings files, is not sent without its sender.
  async submit(event) {
    const button = event.submitter;
    if (button?.value !== "send" || this.passed || !this.form.hasAttribute("data-offline")) { this.stop(); return; }
    event.preventDefault();
    this.sending = button;
    this.first ||= Date.now();
    this.changed = 0;
    await this.save();
  }

  send(button) {
    const files = [...this.form.querySelectorAll("input[type=file]")].some((field) => field.files.length);
    const alone = document.visibilityState === "visible" || !(files || this.form.querySelector("input[type=password]"));
    if (!alone) return;
    this.sending = null;
    this.passed = true;
    this.form.requestSubmit(button);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.laying);
  }

  // A copy that the server may not have. From the same version it is simply later; from another one both are compared.
  async comeBack() {
    if (document.getElementById("conflict")) return;
    if (this.form.hasAttribute("data-fresh")) { // laid out from what was sent a moment ago: newer than any copy
      this.first = this.changed = Date.now();
      this.lay(values(this.form));
      this.save();
      return;
    }
    const left = kept(this.key);
    if (!left) return;
    const now = this.version?.value ?? "";
    if (left.settled && Number(now) > left.settled) { keep(this.key, null); return; }
    if (left.base === now && !lacks(this.form, left.pairs)) {
      restore(this.form, left.pairs);
      this.first = this.changed = Date.now();
      this.save();
      return;
    }
    await this.handOver(left);
  }

  async handOver(left) {
    const token = this.form.elements.csrf_token.value;
    try {
      const response = await fetch(left.url, {
        method: "POST", body: body(left, token), redirect: "manual", credentials: "same-origin", headers: { Accept: "application/json" },
      });
      if (response.ok) { keep(this.key, null); this.stop(); location.reload(); }
      else if (response.status === 409) this.compare(left, token);
    } catch { this.show("offline", "Нет связи, сохраним, когда появится"); }
  }

  compare(left, token) {
    this.stop();
    const sheet = document.createElement("form");
    sheet.method = "post";
    sheet.action = this.form.getAttribute("action");
    for (const [name, value] of [...body(left, token), ["version", this.form.elements.version.value], ["do", "stay"]]) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      sheet.append(field);
    }
    document.body.append(sheet);
    sheet.submit();
  }

  // The choice between two drafts: the copy goes only when the server has taken it.
  chosen(button) {
    const left = kept(this.key);
    if (button?.value === "take-theirs") keep(this.key, null);
    else if (left && ["keep-mine", "choose"].includes(button?.value))
      keep(this.key, { ...left, settled: Number(this.form.elements.compared?.value ?? this.version.value) });
  }
}

export function watchDraft(form) {
  const draft = new Draft(form);
  const typed = (event) => {
    if (event.target.type === "file" || event.target.type === "password") return;
    draft.changed = Date.now();
    draft.typed();
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", (event) => { draft.chosen(event.submitter); draft.submit(event); });
  addEventListener("online", () => draft.save());
  addEventListener("pageshow", (event) => { if (event.persisted) draft.stopped = false; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") draft.save(true); });
  draft.comeBack();
}
