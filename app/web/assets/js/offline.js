// What was typed stays in this browser until the server has it: through a lost line, a closed tab, a session that ran out.
// A copy is laid aside at once, sent when the line is back, from whatever page of ours is open then. It never replaces what
// the server got meanwhile from elsewhere: then both are shown, and a person chooses.

const KEEP = 7 * 24 * 3600 * 1000, PREFIX = "opora:draft:", DEVICE = "opora:device";

export function device() {
  try {
    const known = localStorage.getItem(DEVICE);
    if (known) return known;
    const made = [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(DEVICE, made);
    return made;
  } catch { return ""; }
}

export const owner = () => document.body.dataset.position ?? "";

export function keep(key, copy) {
  try {
    if (copy === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(copy));
    return true;
  } catch { return false; /* the browser keeps nothing: the server's copy is the one that counts */ }
}

export function kept(key) {
  try {
    const copy = JSON.parse(localStorage.getItem(PREFIX + key));
    return copy && copy.owner === owner() ? copy : null;
  } catch { return null; }
}

function all() {
  const found = [];
  try {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
      const copy = JSON.parse(localStorage.getItem(name));
      if (!(copy?.time > Date.now() - KEEP)) localStorage.removeItem(name);
      else if (copy.owner === owner()) found.push([name.slice(PREFIX.length), copy]);
    }
  } catch { /* nothing to tidy */ }
  return found;
}

export function body(copy, token) {
  const sent = new URLSearchParams(copy.pairs);
  sent.set("draft_version", copy.base);
  sent.set("device", copy.device);
  sent.set("csrf_token", token);
  return sent;
}

// The words as people can read and copy them, when there is no task any more that could take them.
function readable(copy) {
  const box = document.createElement("details"), title = document.createElement("summary"), text = document.createElement("pre");
  title.textContent = "Показать введённое";
  text.textContent = (copy.told ?? copy.pairs).filter(([, value]) => value.trim()).map(([name, value]) => `${name}: ${value}`).join("\n");
  text.className = "op-kept";
  box.append(title, text);
  return box;
}

function tell(key, copy, words, link) {
  const main = document.getElementById("main");
  const note = document.createElement("section"), line = document.createElement("p");
  note.className = "op-panel op-section";
  note.setAttribute("role", "status");
  line.textContent = `${copy.title}: ${words} `;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = copy.page;
    anchor.textContent = link;
    line.append(anchor);
  }
  note.append(line);
  if (!link) note.append(readable(copy));
  main?.prepend(note);
}

async function send(key, copy, token) {
  const response = await fetch(copy.url, {
    method: "POST", body: body(copy, token), redirect: "manual", credentials: "same-origin", headers: { Accept: "application/json" },
  });
  if (response.ok) keep(key, null);
  if (response.ok) tell(key, copy, "введённое без связи отправлено на сервер.", "Открыть");
  else if (response.status === 409 && (await response.json().catch(() => ({}))).url)
    tell(key, copy, "на сервере есть другой черновик, ничего не заменено.", "Сравнить");
  else if (response.type !== "opaqueredirect" && response.status !== 401)
    tell(key, copy, "задачи больше нет, введённое хранится на этом устройстве семь дней.");
}

let busy = false;

async function sendAll(own) {
  const token = document.querySelector("input[name=csrf_token]")?.value;
  if (!token || busy || !owner()) return;
  busy = true;
  for (const [key, copy] of all()) {
    if (own.has(key) || !copy.url || document.querySelector(`[data-gone="${key}"]`)) continue;
    try { await send(key, copy, token); } catch { break; /* still no line */ }
  }
  busy = false;
}

// What the page says the server has needs no copy any more.
export function letGo() {
  for (const sent of document.querySelectorAll("[data-sent]")) keep(sent.dataset.sent, null);
}

// Copies of other tasks than those of this page.
export function watchKept(forms) {
  const own = new Set([...forms].map((form) => form.dataset.draftKey));
  addEventListener("online", () => sendAll(own));
  sendAll(own);
}
