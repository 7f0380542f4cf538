// Everything here only shortens the way: each page works as plain links and forms without it.
import { watchBulk } from "./bulk.js";
import { watchDraft } from "./draft.js";
import { focusRow, focusSummary, watchMenus } from "./frame.js";
import { letGo, watchKept } from "./offline.js";
import { watchConditions } from "./only.js";
import { watchRows } from "./rows.js";

watchMenus(document);
focusSummary(document);
const drafts = document.querySelectorAll("form[data-draft]");
letGo();
for (const form of drafts) watchDraft(form);
watchKept(drafts);
for (const form of document.querySelectorAll("main form")) watchConditions(form);
for (const table of document.querySelectorAll("table[data-rows]")) watchRows(table);
focusRow(document);
for (const form of document.querySelectorAll("form[data-bulk]")) watchBulk(form);
