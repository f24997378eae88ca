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
