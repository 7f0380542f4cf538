// The live diagram: the drawing comes from one address, the state of the case from another; both are plain data.
import Viewer from "bpmn-js/lib/NavigatedViewer";

const READABLE = 0.8; // below it the labels are not read
const STATES = ["done", "now", "wait", "late"];
const MARGIN = 20;

// where a window of a size begins that shows a place and nothing beyond the drawing; a drawing that fits stands in its middle
function within(wanted, size, start, whole) {
  if (whole + 2 * MARGIN <= size) return start - (size - whole) / 2;
  return Math.min(Math.max(wanted, start - MARGIN), start + whole + MARGIN - size);
}

async function text(url, accept) {
  const response = await fetch(url, { headers: { Accept: accept }, credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  return response.text();
}

function badge(words) {
  const element = document.createElement("div");
  element.className = "op-diagram__badge";
  element.textContent = words;
  return element;
}

class Diagram {
  constructor(box) {
    this.box = box;
    this.viewer = new Viewer({ container: box });
    this.marked = [];
  }

  async open() {
    await this.viewer.importXML(await text(this.box.dataset.diagram, "application/xml"));
    this.canvas = this.viewer.get("canvas");
    this.measure();
    this.fit();
    await this.refresh();
  }

  // as tall as the drawing at the width there is, within bounds
  measure() {
    const { inner } = this.canvas.viewbox();
    const scale = Math.max(0.6, Math.min(1, this.box.clientWidth / (inner.width + 40)));
    this.box.style.height = `${Math.round(Math.min(640, Math.max(220, inner.height * scale + 80)))}px`;
    this.canvas.resized();
  }

  fit() {
    this.canvas.zoom("fit-viewport", "auto");
    this.partial = this.canvas.zoom() < READABLE;
    if (!this.partial) return;
    this.canvas.zoom(READABLE);
    this.centre();
  }

  // the place where the case is stands in the middle, as far as the drawing goes; without one the beginning is shown
  centre() {
    const { width, height, inner } = this.canvas.viewbox();
    const place = this.current() ?? { x: inner.x, y: inner.y, width: 0, height: 0 };
    const x = within(place.x + place.width / 2 - width / 2, width, inner.x, inner.width);
    const y = within(place.y + place.height / 2 - height / 2, height, inner.y, inner.height);
    this.canvas.viewbox({ x, y, width, height });
  }

  // where the case is: what is to be done, else what is waited for
  current() {
    const found = ["late", "now", "wait"].map((wanted) => this.marked.find(([, state]) => state === wanted)).find(Boolean);
    return found && this.seen(found[0]);
  }

  // the shape of a step; of one inside a folded process, which is drawn on a sheet of its own, that process
  seen(id) {
    const registry = this.viewer.get("elementRegistry"), shown = this.canvas.getRootElement();
    let shape = registry.get(id);
    while (shape && this.canvas.findRoot(shape) !== shown) {
      const folded = registry.get(this.canvas.findRoot(shape).businessObject.id);
      shape = folded === shape ? undefined : folded;
    }
    return shape;
  }

  async refresh() {
    const url = this.box.dataset.state;
    if (url) this.mark(JSON.parse(await text(url, "application/json")));
  }

  mark(states) {
    const registry = this.viewer.get("elementRegistry"), overlays = this.viewer.get("overlays");
    for (const [id, state] of this.marked) this.canvas.removeMarker(id, `st-${state}`);
    overlays.clear();
    this.marked = [];
    for (const { id, state, note } of states.elements) {
      if (!registry.get(id) || !STATES.includes(state)) continue;
      this.canvas.addMarker(id, `st-${state}`);
      this.marked.push([id, state]);
      if (note) overlays.add(id, { position: { top: -12, right: 12 }, html: badge(note) });
    }
    const current = this.current();
    if (current && this.partial && !this.shown) { this.shown = true; this.centre(); }
  }
}

async function show(box) {
  const words = document.getElementById(`${box.id}-words`);
  const diagram = new Diagram(box);
  try {
    await diagram.open();
  } catch {
    box.remove();
    if (words) words.textContent = "Схему показать не получилось. Путь дела словами — ниже.";
    return;
  }
  box.dataset.ready = "true";
  const tools = document.getElementById(`${box.id}-tools`);
  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const { zoom } = event.target.closest("button")?.dataset ?? {};
    if (zoom === "fit") diagram.canvas.zoom("fit-viewport", "auto");
    else if (zoom) diagram.canvas.zoom(diagram.canvas.zoom() * Number(zoom));
  });
  let paused = false;
  const pause = tools.querySelector("[data-pause]");
  pause?.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Обновлять дальше" : "Приостановить обновление";
  });
  if (box.dataset.every) setInterval(() => {
    if (!paused && document.visibilityState === "visible") diagram.refresh().catch(() => {});
  }, Math.max(5, Number(box.dataset.every)) * 1000);
}

for (const box of document.querySelectorAll("[data-diagram]")) show(box);
