// Adds an empty row as soon as the last one is used, up to the limit of the table.

export default function (root) {
  const list = root.querySelector(".step-rows__list");
  root.addEventListener("input", (event) => {
    const rows = list.children;
    if (!rows[rows.length - 1].contains(event.target) || rows.length >= Number(root.dataset.most)) return;
    list.append(emptied(rows[rows.length - 1].cloneNode(true), rows.length));
  });

  /**
   * @param {Element} row
   * @param {number} number counted from 0
   */
  function emptied(row, number) {
    row.setAttribute("aria-label", root.dataset.title.replace("{n}", String(number + 1)));
    for (const element of row.querySelectorAll("[id], [for], [name], [aria-describedby]")) {
      for (const name of ["id", "for", "name", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replaceAll(/steps-\d+/g, `steps-${number}`));
      }
    }
    for (const field of row.querySelectorAll("input")) field.value = "";
    for (const field of row.querySelectorAll("select")) field.selectedIndex = 0;
    for (const error of row.querySelectorAll(".kern-error")) error.remove();
    return row;
  }
}
