// Adds up the amounts of each line and of the whole table while they are typed.
// Without this file the sums stand on the check page.

const cents = (typed) => {
  const plain = typed.replace(/[€\s\u00a0]/g, "").replace(/\.(?=\d{3}(\D|$))/g, "").replace(",", ".");
  const amount = Number(plain);
  return plain && Number.isFinite(amount) && amount >= 0 ? Math.round(amount * 100) : null;
};

export default function (table) {
  const written = new Intl.NumberFormat(document.documentElement.lang || "de", {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const euros = (amount) => written.format(amount / 100);
  const lines = [...table.querySelectorAll("[data-line]")];
  const total = table.querySelector("[data-total]");

  const add = () => {
    let all = null;
    for (const line of lines) {
      const cells = [...line.querySelectorAll("input")];
      const amounts = cells.map((cell) => cents(cell.value)).filter((one) => one !== null);
      const sum = amounts.length ? amounts.reduce((one, other) => one + other, 0) : null;
      const place = line.querySelector("[data-sum]");
      if (place) {
        place.textContent =
          sum === null || cells.length < 2
            ? ""
            : place.dataset.words
                .replace("{sum}", euros(sum))
                .replace("{mean}", euros(sum / cells.length));
      }
      all = sum === null ? all : (all ?? 0) + sum;
    }
    if (total) {
      total.textContent = all === null ? "" : total.dataset.words.replace("{sum}", euros(all));
    }
  };

  table.addEventListener("input", add);
  add();
}
