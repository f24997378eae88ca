// Where the page says what became of something; afloat where one is too far down to see it.
const told = () => document.getElementById("told");
const float = () => told().classList.toggle("afloat", told().getBoundingClientRect().bottom < 0);
// A part that refreshes itself holds still while somebody works in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (!part.hasAttribute("data-live")) return;
  const focused = document.activeElement;
  // What has an id gets the focus back from htmx; in a field somebody may be writing.
  const resting = focused.id && !focused.matches("input, select, textarea");
  const busy = part.querySelector("details[open]") || (part.contains(focused) && !resting);
  if (busy || document.hidden) event.preventDefault();
});
// Who asked something hears what became of it wherever they are on the page, and goes on from
// there: the page says by `autofocus` where, otherwise it is the part in which the form stood.
document.addEventListener("htmx:afterSettle", (event) => {
  const asked = event.detail.requestConfig;
  if (!asked || asked.verb === "get") return;
  if (!document.querySelector("[autofocus]")) {
    const part = asked.elt.closest("[aria-labelledby]")?.getAttribute("aria-labelledby");
    const on = (event.detail.xhr.status < 400 && part && document.getElementById(part)) || told();
    on.tabIndex = -1;
    on.focus({ preventScroll: true });
  }
  delete told().dataset.fault;
  float();
});
for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, () => told()?.classList.remove("afloat"));
}
// A part that could not be refreshed says so above, until it can be.
document.addEventListener("htmx:afterSettle", (event) => {
  const { requestConfig, xhr, target } = event.detail;
  if (requestConfig?.verb !== "get") return;
  if (xhr.status >= 400) {
    if (!("fault" in told().dataset)) float();
    told().dataset.fault = "";
  }
  else if (target?.id !== "told" && "fault" in told().dataset) {
    delete told().dataset.fault;
    told().replaceChildren();
  }
});
document.addEventListener("htmx:sendError", (event) => {
  const asked = event.detail.requestConfig?.verb !== "get";
  const free = !told().children.length || "fault" in told().dataset;
  if (!asked && !free) return; // What was told of a form stays.
  const said = document.createElement("p");
  said.className = "refused";
  said.textContent = asked
    ? "No answer came. What you typed still stands here: send it again; it is done once at most."
    : "The console does not answer, so this page may be old. It goes on by itself when it does.";
  told().replaceChildren(said);
  if (asked) delete told().dataset.fault;
  else told().dataset.fault = "";
  float();
});
// Nor is a form sent meanwhile whose answer would take the place of what was typed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const stays = form.method !== "post" || form.hasAttribute("hx-post");
  if (stays || !("fault" in told().dataset)) return;
  event.preventDefault();
  told().focus({ preventScroll: true });
  float();
});
// Who signed in again beside this page may send what stands written here: its forms take the
// token of the new session from the strip, which asks for itself.
document.addEventListener("htmx:afterSettle", () => {
  const token = document.getElementById("strip")?.dataset.token;
  if (!token) return;
  for (const one of document.querySelectorAll("input[name=form_token]")) one.value = token;
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
