// The extension file expects the library under its global name before it runs.
import htmx from "htmx.org";
globalThis.htmx = htmx;
