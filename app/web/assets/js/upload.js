// Files of a form are sent in parts as soon as they are chosen (tus 1.0.0). When the line drops, sending goes on from the
// last part by itself; after a reload, when the same file is chosen again. Without this script the form sends them itself.
import { Upload } from "tus-js-client";

const DELAYS = [0, 1000, 2000, 4000, 8000, ...Array(60).fill(15000)], BIGGEST_SUM = 512 * 1024 * 1024;
const FAR = "Нет связи. Передача продолжится, когда она появится.";

function el(tag, attributes = {}, ...inside) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== false) one.setAttribute(name, value);
  one.append(...inside);
  return one;
}

function size(bytes) {
  const mb = bytes / 1048576;
  return mb >= 1 ? `${mb.toLocaleString("ru-RU", { maximumFractionDigits: 1 })} МБ` : `${Math.max(1, Math.round(bytes / 1024))} КБ`;
}

async function sum(file) {
  if (!globalThis.crypto?.subtle || file.size > BIGGEST_SUM) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Sending {
  constructor(form, input, file, list) {
    this.form = form;
    this.input = input;
    this.file = file;
    this.name = input.name.replace(/-new$/, "");
    this.tries = 0;
    this.draw(list);
  }

  draw(list) {
    const id = `up-${Math.random().toString(36).slice(2)}`;
    this.words = el("span", { class: "op-quiet", role: "status" }, "готовим к передаче…");
    this.bar = el("progress", { class: "op-progress", id, max: "100", value: "0" });
    this.stop = el("button", { type: "button", class: "govuk-button govuk-button--secondary op-button--small" }, "Остановить",
      el("span", { class: "govuk-visually-hidden" }, ` ${this.file.name}`));
    this.stop.addEventListener("click", () => this.cancel());
    this.title = el("label", { for: id }, this.file.name, " ", el("span", { class: "op-quiet op-nowrap" }, size(this.file.size)));
    this.row = el("li", { class: "op-sending" }, el("div", { class: "op-sending__what" }, this.title, this.bar, this.words), this.stop);
    list.append(this.row);
  }

  async start() {
    const limit = Number(this.form.dataset.limit);
    if (limit && this.file.size > limit) return this.refuse(`Файл больше ${size(limit)}. Сожмите или разделите его.`);
    if (!this.file.size) return this.refuse("Файл пуст. Проверьте его на диске.");
    let digest = "";
    try { digest = await sum(this.file); } catch { return this.refuse("Файл не читается. Проверьте его на диске."); }
    const token = this.form.elements.csrf_token.value;
    this.upload = new Upload(this.file, {
      endpoint: this.form.dataset.transfers,
      chunkSize: Number(this.form.dataset.part),
      retryDelays: DELAYS,
      metadata: { filename: this.file.name, field: this.name, sha256: digest },
      headers: { "X-CSRF-Token": token },
      removeFingerprintOnSuccess: true,
      fingerprint: async () => `opora:${this.form.dataset.transfers}:${this.name}:${this.file.name}:${this.file.size}:${digest || this.file.lastModified}`,
      onShouldRetry: (failure) => this.again(failure),
      onProgress: (sent, all) => this.progress(sent, all),
      onError: (failure) => this.failed(failure),
      onSuccess: ({ lastResponse }) => this.done(lastResponse.getHeader("Opora-File")),
    });
    const before = await this.upload.findPreviousUploads();
    if (before.length) this.upload.resumeFromPreviousUpload(before[0]);
    if (!this.cancelled) this.upload.start();
  }

  again(failure) {
    const status = failure.originalResponse?.getStatus() ?? 0;
    const lost = status === 0 || status >= 500 || status === 409 || status === 423;
    if (lost) this.say(FAR, "wait");
    return lost;
  }

  progress(sent, all) {
    const percent = Math.floor((sent / all) * 100);
    this.bar.value = percent;
    this.say(sent < all ? `передано ${percent} %, ${size(sent)} из ${size(all)}` : "проверяем…");
  }

  failed(failure) {
    const response = failure.originalResponse, status = response?.getStatus() ?? 0;
    if (status === 460 && this.tries++ < 1) { this.start(); return; }
    if (status === 0) { this.say(FAR, "wait"); addEventListener("online", () => this.upload.start(), { once: true }); return; }
    if (status === 401 || status === 302) return this.refuse("Вы вышли из системы. Войдите и выберите файл снова: переданное сохранено.");
    this.refuse(response.getBody() && status < 500 ? response.getBody() : "Файл не принят. Попробуйте ещё раз.");
  }

  say(words, state = "") {
    if (this.words.textContent !== words) this.words.textContent = words;
    this.row.dataset.state = state;
  }

  refuse(words) {
    this.over = true;
    this.words.className = "govuk-error-message";
    this.words.setAttribute("role", "alert");
    this.words.textContent = words;
    this.bar.remove();
    this.stop.firstChild.textContent = "Понятно";
  }

  done(id) {
    this.over = true;
    if (!id) return this.refuse("Файл передан, но номер не получен. Обновите страницу.");
    this.bar.remove();
    this.words.textContent = "передан, сверен";
    this.stop.remove();
    const hidden = el("input", { type: "hidden", name: this.name, value: id });
    this.row.append(hidden, el("button", { class: "govuk-button govuk-button--secondary op-button--small", name: "do", value: `unlink:${this.name}:${id}` },
      "Убрать", el("span", { class: "govuk-visually-hidden" }, ` ${this.file.name}`)));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
  }

  cancel() {
    this.cancelled = this.over = true;
    this.row.remove();
    this.input.focus();
    this.upload?.abort(true).catch(() => {}); // while there is no connection the site forgets the parts by itself later
  }
}

function listOf(input) {
  const group = input.parentElement;
  return group.querySelector(":scope > ul.op-chosen") ?? group.insertBefore(el("ul", { class: "op-chosen" }), input);
}

function watch(form) {
  const under = new Set();
  form.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.name.endsWith("-new") || !input.files.length) return;
    const chosen = [...input.files];
    input.value = "";
    for (const file of chosen) {
      const sending = new Sending(form, input, file, listOf(input));
      under.add(sending);
      sending.start();
    }
  });
  form.addEventListener("submit", (event) => {
    const busy = [...under].filter((one) => !one.over);
    if (!busy.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    busy[0].row.scrollIntoView({ block: "center" });
    for (const one of busy) one.say("Дождитесь конца передачи или остановите её, потом отправьте форму.", "wait");
  }, true);
  addEventListener("beforeunload", (event) => { if ([...under].some((one) => !one.over)) event.preventDefault(); });
  for (const button of form.querySelectorAll('button[value^="attach:"]')) button.closest(".govuk-button-group").hidden = true;
}

for (const form of document.querySelectorAll("form[data-transfers]")) watch(form);
