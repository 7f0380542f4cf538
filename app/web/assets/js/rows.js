// Paste from a spreadsheet: the copied block is laid over the cells from the one that has the focus; rows that lack are added.
// A row is a copy of the last one: the names and ids of its fields carry the number (measures-3-title).

const FIELDS = "input:not([type=hidden]):not([type=file]), textarea, select";

export function parseBlock(text) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let i = 0; i < source.length; i += 1) {
    const ch = source[i];
    if (quoted) {
      if (ch !== '"') cell += ch;
      else if (source[i + 1] === '"') { cell += '"'; i += 1; }
      else quoted = false;
    } else if (ch === '"' && cell === "") quoted = true;
    else if (ch === "\t") { row.push(cell); cell = ""; }
    else if (ch === "\n") { row.push(cell); rows.push(row); row = []; cell = ""; }
    else cell += ch;
  }
  row.push(cell);
  rows.push(row);
  return rows;
}

function renumber(value, name, index) {
  return value.replace(new RegExp(`\\b${name}-\\d+\\b`, "g"), `${name}-${index}`);
}

export function addRow(table) {
  const body = table.tBodies[0];
  const last = body.rows[body.rows.length - 1];
  const { rows: name } = table.dataset;
  const row = last.cloneNode(true);
  const index = 1 + Math.max(...[...body.rows].map((one) => Number(one.dataset.row)));
  row.dataset.row = index;
  for (const element of [row, ...row.querySelectorAll("*")])
    for (const attribute of [...element.attributes])
      if (["id", "name", "for", "aria-describedby", "aria-labelledby", "value"].includes(attribute.name)
        && attribute.value.includes(`${name}-`)) element.setAttribute(attribute.name, renumber(attribute.value, name, index));
  for (const field of row.querySelectorAll(FIELDS)) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = false;
    else if (field.tagName === "SELECT") field.selectedIndex = 0;
    else field.value = "";
    field.removeAttribute("aria-invalid");
    const label = field.getAttribute("aria-label");
    if (label) field.setAttribute("aria-label", label.replace(/\d+/, String(body.rows.length + 1)));
  }
  for (const button of row.querySelectorAll(".op-rows__acts button")) {
    button.value = button.value.replace(/:\d+$/, `:${index}`);
    button.setAttribute("formaction", `#${name}-${last.dataset.row}`);
    const about = button.querySelector(".govuk-visually-hidden");
    if (about) about.textContent = about.textContent.replace(/\d+/, String(body.rows.length + 1));
  }
  for (const message of row.querySelectorAll(".govuk-error-message, .op-source, .op-cell__note, .op-chosen")) message.remove();
  for (const cell of row.cells) cell.classList.remove("op-cell--bad", "op-cell--doubt");
  for (const number of row.querySelectorAll(".op-rowno")) number.textContent = String(body.rows.length + 1);
  body.append(row);
  return row;
}

function put(field, text) {
  const value = text.trim();
  if (field.tagName === "SELECT") {
    const option = [...field.options].find((one) => one.text.trim().toLowerCase() === value.toLowerCase() || one.value === value);
    if (option) field.value = option.value;
    return Boolean(option) || value === "";
  }
  if (field.type === "checkbox") field.checked = /^(да|1|\+|x|х)$/i.test(value);
  else field.value = value;
  return true;
}

// A row whose cells are given is no model for a row of one's own.
function given(table) {
  const body = table.tBodies[0];
  return "closed" in table.dataset || Boolean(body.rows[body.rows.length - 1].querySelector("td > span.op-fixed"));
}

function paste(table, from, block) {
  const body = table.tBodies[0];
  const start = { row: from.closest("tr"), column: -1 };
  const fieldsOf = (row) => [...row.querySelectorAll(FIELDS)];
  start.column = fieldsOf(start.row).indexOf(from);
  let index = [...body.rows].indexOf(start.row), refused = 0, spare = 0;
  for (const line of block) {
    const row = body.rows[index] ?? (given(table) ? null : addRow(table));
    if (!row) { spare += 1; continue; }
    const fields = fieldsOf(row).slice(start.column);
    line.forEach((text, n) => { if (fields[n] && !put(fields[n], text)) refused += 1; });
    index += 1;
  }
  return { refused, spare };
}

// Tabs are cells. Lines without tabs are a column when a spreadsheet says so, or when the field has no lines of its own;
// else they are the paragraphs of one text.
function isBlock(data, from) {
  const text = data?.getData("text/plain") ?? "";
  if (text.includes("\t")) return true;
  if (parseBlock(text).length < 2) return false;
  return from.tagName !== "TEXTAREA" || /<t[dr][\s>]/i.test(data.getData("text/html"));
}

export function watchRows(table) {
  const status = document.getElementById(`${table.dataset.rows}-pasted`);
  table.addEventListener("paste", (event) => {
    const from = event.target.closest(FIELDS);
    if (!from || !isBlock(event.clipboardData, from)) return;
    event.preventDefault();
    const block = parseBlock(event.clipboardData.getData("text/plain"));
    const { refused, spare } = paste(table, from, block);
    if (status) status.textContent = `Вставлено строк: ${block.length - spare}.` + (spare ? ` Не вставлено строк: ${spare}, для них нет места.` : "")
      + (refused ? ` Не узнано значений: ${refused}, выберите их в списках.` : "");
    from.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
