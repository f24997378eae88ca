// A card may be dragged to another column: that sends the card's own form, so that a drag asks
// exactly what the select asks, and is answered at the card. Without a script the select is there.
(() => {
  let dragged = null;

  // Which choice of the card's select a column stands for; null where it may not be asked.
  const choice = (card, column) => {
    const select = card.querySelector("form select[name=stage]");
    if (!select || !column || column.contains(card)) return null;
    const named = [column.dataset.stage, column.dataset.or];
    return [...select.options].find((one) => named.includes(one.value)) ?? null;
  };
  const target = (event) => event.target.closest?.("[data-stage]");
  const unmark = () => document.querySelectorAll(".drop").forEach((one) => one.classList.remove("drop"));

  // Cards that refreshed themselves are new ones, so they are made ready when they are touched.
  document.addEventListener("pointerdown", (event) => {
    const card = event.target.closest?.("#board .card");
    if (!card) return;
    card.draggable = Boolean(card.querySelector(".move")) && !event.target.closest("form, summary");
  });
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("#board .card") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    dragged.classList.add("dragged");
  });
  document.addEventListener("dragover", (event) => {
    const column = target(event);
    if (!dragged || !choice(dragged, column)) return;
    event.preventDefault();
    if (column.classList.contains("drop")) return;
    unmark();
    column.classList.add("drop");
  });
  document.addEventListener("drop", (event) => {
    const chosen = dragged && choice(dragged, target(event));
    if (!chosen) return;
    event.preventDefault();
    chosen.selected = true;
    chosen.closest("form").requestSubmit();
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    unmark();
  });
  // The board holds still under the hand that drags.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (dragged && event.detail.elt.id === "board") event.preventDefault();
  });
})();
