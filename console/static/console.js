// A part that refreshes itself holds still while somebody works in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (!part.hasAttribute("data-live")) return;
  const busy = part.querySelector("details[open]") || part.contains(document.activeElement);
  if (busy || document.hidden) event.preventDefault();
});
// A choice that only filters needs no button where a script runs.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && form.hasAttribute("data-choose")) form.requestSubmit();
});
// A part beside it is put in its place only when it says something else.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const same = event.detail.target.getAttribute("data-same");
  const fresh = event.detail.fragment.firstElementChild?.getAttribute("data-same");
  if (same !== null && same === fresh) event.detail.shouldSwap = false;
});
// A fault in a text that is edited leads into the text, to its line and column.
document.addEventListener("click", (event) => {
  const fault = event.target.closest("a[data-line]");
  const text = fault && document.getElementById("text");
  if (!text) return;
  event.preventDefault();
  location.hash = fault.hash; // shows the line; it takes the focus away, so it comes first
  const lines = text.value.split("\n").slice(0, fault.dataset.line - 1);
  const at = lines.reduce((sum, line) => sum + line.length + 1, 0) + (fault.dataset.column - 1);
  text.focus({ preventScroll: true });
  text.setSelectionRange(at, at);
});
// A draft that was looked at is shown at once where a script runs.
const shown = document.querySelector("button[data-show]");
if (shown) shown.form.requestSubmit(shown);
