// Parts of a page that renew themselves. The timer is ours, so that it can be paused; the swap is htmx's, gated by the nonce.
import "./htmx-global.js";
import "htmx.org/dist/ext/hx-csp.js";

function watch(part) {
  const every = Math.max(2, Number(part.dataset.every) || 5) * 1000;
  const button = document.querySelector(`[data-live-pause="${part.id}"]`);
  const words = document.querySelector(`[data-live-words="${part.id}"]`);
  let paused = false, timer = 0;

  const current = () => document.getElementById(part.id);
  const next = () => { clearTimeout(timer); timer = setTimeout(renew, every); };
  async function renew() {
    const target = current();
    if (!target || target.dataset.done === "true") { stop(); return; }
    if (!paused && document.visibilityState === "visible" && !target.contains(document.activeElement))
      await globalThis.htmx.ajax("GET", target.dataset.live, { target, swap: "outerHTML" }).catch(() => {});
    if (current()?.dataset.done === "true") { stop(); return; }
    next();
  }
  function stop() {
    clearTimeout(timer);
    if (button) button.hidden = true;
    if (words) words.textContent = "";
  }
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.textContent = paused ? "Обновлять дальше" : "Приостановить обновление";
      if (words) words.textContent = paused ? "Обновление приостановлено" : "Обновляется само";
      if (!paused) renew();
    });
  }
  if (words) words.textContent = "Обновляется само";
  next();
}

for (const part of document.querySelectorAll("[data-live]")) watch(part);
