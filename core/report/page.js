// Galleries: sort by a score, turn the order, change the size, show more than a screenful. Without it all rows show.
(() => {
  "use strict";
  const screenful = 12;
  const find = (kind, id) => document.querySelector(`[data-${kind}="${id}"]`);

  for (const gallery of document.querySelectorAll("table.gallery")) {
    const body = gallery.tBodies[0], given = [...body.rows];
    const sorts = find("sorts", gallery.id), turns = find("turns", gallery.id);
    const sizes = find("sizes", gallery.id), opens = find("opens", gallery.id);
    const score = (row, metric) => {
      const value = JSON.parse(row.dataset.scores)[metric];
      return typeof value === "number" ? value : NaN;
    };
    let all = given.length <= screenful;

    const show = () => {
      const metric = sorts.value, down = turns.getAttribute("aria-pressed") !== "true";
      const order = [...given];
      // Highest first; rows without this score stay at the end, equal ones keep the order of the data.
      if (metric) order.sort((a, b) => {
        const x = score(a, metric), y = score(b, metric);
        if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
        return down ? y - x : x - y;
      });
      else if (!down) order.reverse();
      gallery.classList.toggle("sorted", metric !== "");
      order.forEach((row, place) => {
        body.append(row);
        row.hidden = !all && place >= screenful;
        for (const entry of row.querySelectorAll(".scores span")) entry.classList.toggle("chosen", entry.dataset.metric === metric);
      });
      opens.closest("p").hidden = all;
    };
    sorts.addEventListener("change", show);
    turns.addEventListener("click", () => {
      turns.setAttribute("aria-pressed", String(turns.getAttribute("aria-pressed") !== "true"));
      show();
    });
    sizes.addEventListener("input", () => gallery.style.setProperty("--size", sizes.value + "px"));
    opens.addEventListener("click", () => { all = true; show(); });
    show();
  }
})();
